import { createHmac, createPublicKey, verify as verifyAsymmetric } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { aSigning } from '../test/builders/a-signing.ts';
import {
  findSecretProblem,
  generateSecret,
  prepareSecret,
  signedContent,
  signedHeaders,
  signStandard,
  signSublarr,
} from './signature.ts';
import { generateKeyPair, preparePrivateKey } from './signature-v1a.ts';

const standardSecrets = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);
const bodies = fc.string({ unit: 'grapheme', maxLength: 200 });
const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const message = (id: string, body: string) => ({ id, eventName: 'config_updated', body });

describe('the Standard Webhooks signature', () => {
  test('of any body verifies with the reference library under a whsec_ secret', () => {
    fc.assert(
      fc.property(standardSecrets, ids, fc.json(), (secret, id, body) => {
        const headers = signedHeaders(message(id, body), aSigning(secret), Date.now());
        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
      }),
    );
  });

  test('of any body verifies with the reference library under a secret in any other form, read as it stands', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{8,64}$/), ids, fc.json(), (secret, id, body) => {
        fc.pre(!secret.startsWith('whsec_'));
        const headers = signedHeaders(message(id, body), aSigning(secret), Date.now());
        expect(new Webhook(secret, { format: 'raw' }).verify(body, headers)).toEqual(JSON.parse(body));
      }),
    );
  });

  test('fits the example that the specification gives', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(
      signStandard(
        prepareSecret(secret),
        signedContent('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}'),
      ),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('no longer verifies when one byte of the body, the id or the time is changed', () => {
    const secret = generateSecret();
    fc.assert(
      fc.property(
        ids,
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.nat(),
        fc.integer({ min: 1, max: 127 }),
        (id, raw, place, flip) => {
          const ascii = raw.map((byte) => byte & 0x7f);
          const changed = ascii.map((byte, i) => (i === place % ascii.length ? (byte ^ flip) & 0x7f : byte));
          const [body, forged] = [Buffer.from(ascii).toString(), Buffer.from(changed).toString()];
          const headers = signedHeaders(message(id, body), aSigning(secret), Date.now());
          const verify = (text: string, changes: object) => () =>
            new Webhook(secret).verify(text, { ...headers, ...changes }, { jsonParse: false });
          expect(verify(body, {})).not.toThrow();
          expect(verify(forged, {})).toThrow('No matching signature');
          expect(verify(body, { 'webhook-id': `${id}x` })).toThrow('No matching signature');
          expect(
            verify(body, { 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1) }),
          ).toThrow('No matching signature');
        },
      ),
    );
  });

  test('does not verify under another secret', () => {
    const headers = signedHeaders(message('a', '{}'), aSigning(generateSecret()), Date.now());
    expect(() => new Webhook(generateSecret()).verify('{}', headers)).toThrow('No matching signature');
  });
});

describe('the original signature', () => {
  test('is the hex HMAC-SHA256 of the body under the text of the secret', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), bodies, (secret, body) => {
        const digest = createHmac('sha256', Buffer.from(secret, 'utf8'))
          .update(Buffer.from(body, 'utf8'))
          .digest('hex');
        expect(signSublarr(prepareSecret(secret), body)).toBe(`sha256=${digest}`);
      }),
    );
  });

  test('changes with every byte of the body', () => {
    fc.assert(
      fc.property(bodies, bodies, (a, b) => {
        fc.pre(a !== b);
        const keys = prepareSecret('secret');
        expect(signSublarr(keys, a)).not.toBe(signSublarr(keys, b));
      }),
    );
  });
});

describe('an attempt', () => {
  const nowMs = 1_700_000_000_999;
  const content = signedContent('evt_1', 1_700_000_000, '{}');
  const live = (text: string, untilMs = Infinity) => ({ key: prepareSecret(text), untilMs });

  test('carries all proofs, with the time of the attempt in whole seconds', () => {
    expect(signedHeaders(message('evt_1', '{}'), aSigning('secret-text'), nowMs)).toEqual({
      'content-type': 'application/json',
      'user-agent': 'sublarr-events/1',
      'x-sublarr-event': 'config_updated',
      'x-sublarr-signature': signSublarr(prepareSecret('secret-text'), '{}'),
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': signStandard(prepareSecret('secret-text'), content),
    });
  });

  test('carries the headers of the webhook, and none of them in the place of ours', () => {
    const headers = { Authorization: 'Bearer x', 'webhook-id': 'forged', 'user-agent': 'forged' };
    const sent = signedHeaders(message('evt_1', '{}'), aSigning('secret-text', { headers }), nowMs);
    expect(sent).toEqual({
      ...signedHeaders(message('evt_1', '{}'), aSigning('secret-text'), nowMs),
      Authorization: 'Bearer x',
    });
  });

  test('within a rotation is signed with every live secret, the newest first, and for the original with the oldest', () => {
    const secrets = [live('oldest text', nowMs + 1), live('middle text', nowMs + 9), live('newest text')];
    const headers = signedHeaders(message('evt_1', '{}'), aSigning('', { secrets }), nowMs);
    expect(headers['webhook-signature']).toBe(
      ['newest text', 'middle text', 'oldest text']
        .map((text) => signStandard(prepareSecret(text), content))
        .join(' '),
    );
    expect(headers['x-sublarr-signature']).toBe(signSublarr(prepareSecret('oldest text'), '{}'));
  });

  test('is signed with no secret from the very millisecond of its end', () => {
    const signing = aSigning('', { secrets: [live('old text', nowMs), live('new text')] });
    expect(signedHeaders(message('evt_1', '{}'), signing, nowMs)).toEqual(
      signedHeaders(message('evt_1', '{}'), aSigning('new text'), nowMs),
    );
  });

  test('by v1a carries a signature that the public key verifies, and no proof by a shared secret', () => {
    const { privateKey, publicKey } = generateKeyPair();
    const privateKeys = [{ key: preparePrivateKey(privateKey), untilMs: Infinity }];
    const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url');
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
    fc.assert(
      fc.property(ids, bodies, (id, body) => {
        const headers = signedHeaders(message(id, body), aSigning('', { secrets: [], privateKeys }), nowMs);
        expect(headers).not.toHaveProperty('x-sublarr-signature');
        const [version, signature = ''] = (headers['webhook-signature'] ?? '').split(',');
        expect(version).toBe('v1a');
        const signed = (text: string) =>
          verifyAsymmetric(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
        expect(signed(`${id}.1700000000.${body}`)).toBe(true);
        expect(signed(`${id}.1700000001.${body}`)).toBe(false);
        expect(signed(`${id}.1700000000.${body} `)).toBe(false);
      }),
    );
  });

  test('by both schemes verifies with the reference library, which knows v1 alone', () => {
    const secret = generateSecret();
    const privateKeys = [{ key: preparePrivateKey(generateKeyPair().privateKey), untilMs: Infinity }];
    const headers = signedHeaders(message('evt_1', '{}'), aSigning(secret, { privateKeys }), Date.now());
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1a,\S+$/);
    expect(new Webhook(secret).verify('{}', headers)).toEqual({});
  });
});

test('a secret beyond ASCII signs as its UTF-8 bytes, both ways', () => {
  const [secret, body] = ['Schlüssel für “alles” 🔑', '{"ä":"€"}'];
  const headers = signedHeaders(message('evt_1', body), aSigning(secret), Date.now());
  // The library takes one byte of each character of a text: give it the bytes.
  const bytes = new TextEncoder().encode(secret);
  expect(new Webhook(bytes, { format: 'raw' }).verify(body, headers)).toEqual({ ä: '€' });
  const digest = createHmac('sha256', Buffer.from(secret, 'utf8')).update(body, 'utf8').digest('hex');
  expect(headers['x-sublarr-signature']).toBe(`sha256=${digest}`);
});

describe('a secret', () => {
  const encode = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
  test.each([
    ['plain text', undefined],
    ['WHSEC_x', undefined],
    ['Schlüssel', undefined],
    [`whsk_${'A'.repeat(86)}==`, 'is a whsk_ key'],
    [`whpk_${'A'.repeat(43)}=`, 'is a whpk_ key'],
    [encode(24), undefined],
    [encode(25), undefined],
    [encode(64), undefined],
    [encode(23), 'must hold 24 to 64 bytes'],
    [encode(65), 'must hold 24 to 64 bytes'],
    ['whsec_', 'must hold 24 to 64 bytes'],
    [`whsec_${'!'.repeat(40)}`, 'must hold 24 to 64 bytes'],
    [`${encode(32)} `, 'must hold 24 to 64 bytes'],
    [`whsec_${Buffer.alloc(32, 255).toString('base64url')}`, 'must hold 24 to 64 bytes'],
  ])('%j: %s', (secret, problem) => {
    if (problem === undefined) expect(findSecretProblem(secret)).toBeUndefined();
    else expect(findSecretProblem(secret)).toContain(problem);
  });

  test('that was generated is sound and never the same', () => {
    const secrets = Array.from({ length: 20 }, generateSecret);
    expect(secrets.map(findSecretProblem)).toEqual(secrets.map(() => undefined));
    expect(new Set(secrets).size).toBe(20);
  });
});
