import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noonMs } from '../test/builders/an-event.ts';
import { aSublarrWebhook } from '../test/builders/sublarr-webhook.ts';
import { holdsCredentials, isSignedBy, readBasicAuth } from './inbound-proof.ts';
import { prepareSecret, signSublarr } from './signature.ts';

const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;
const secrets = fc.string({ minLength: 1, maxLength: 60 });

describe('a signature', () => {
  test('as Sublarr makes it fits', () => {
    const { body, headers } = aSublarrWebhook(
      'batch_complete',
      { title: '蟲師' },
      { secret: 'schlüssel', sentAtMs: noonMs },
    );
    expect(isSignedBy('schlüssel', Buffer.from(body), headers['x-sublarr-signature'])).toBe(true);
  });

  test('fits the bytes and the secret that it was made of, and no other', () => {
    fc.assert(
      fc.property(secrets, secrets, fc.uint8Array({ minLength: 1 }), (secret, other, bytes) => {
        fc.pre(secret !== other);
        const header = signSublarr(prepareSecret(secret), bytes);
        const changed = bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
        expect(isSignedBy(secret, bytes, header)).toBe(true);
        expect(isSignedBy(other, bytes, header)).toBe(false);
        expect(isSignedBy(secret, changed, header)).toBe(false);
      }),
    );
  });

  test.each([undefined, '', 'sha256=', `sha1=${'0'.repeat(40)}`])('%j fits nothing', (header) => {
    expect(isSignedBy('secret', Buffer.from('{}'), header)).toBe(false);
  });
});

describe('basic authentication', () => {
  test('is read back as it was written, but for a colon in the user name', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes(':')),
        fc.string(),
        (username, password) => {
          expect(readBasicAuth(basic(`${username}:${password}`))).toEqual({ username, password });
        },
      ),
    );
  });

  test.each([undefined, '', 'Basic', 'Basic !', 'Bearer abc', basic('no colon')])('%j is none', (header) => {
    expect(readBasicAuth(header)).toBeUndefined();
  });

  const expected = { username: 'arr', password: 'correct horse' };
  test.each([
    ['the right ones', basic('arr:correct horse'), true],
    ['the right ones in ISO 8859-1', basic('arr:correct horse', 'latin1'), true],
    ['a scheme in small letters', basic('arr:correct horse').replace('Basic', 'basic'), true],
    ['a wrong password', basic('arr:correct horsf'), false],
    ['a wrong user', basic('arx:correct horse'), false],
    ['a part of the password', basic('arr:correct'), false],
    ['nothing', undefined, false],
  ])('%s: %j is let in: %j', (_what, header, held) => {
    expect(holdsCredentials(header, expected)).toBe(held);
  });

  test('asks for the password alone where no user name is set', () => {
    expect(holdsCredentials(basic('anyone:correct horse'), { password: 'correct horse' })).toBe(true);
    expect(holdsCredentials(basic(':correct horse'), { password: 'correct horse' })).toBe(true);
    expect(holdsCredentials(basic('anyone:wrong'), { password: 'correct horse' })).toBe(false);
    expect(holdsCredentials(undefined, { password: 'correct horse' })).toBe(false);
  });
});
