import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { generateKeyPair, preparePrivateKey } from '../shared/signature-v1a.ts';
import { generateSecret, prepareSecret, signedHeaders } from '../shared/signature.ts';
import { verifyWebhook } from './verify-webhook.ts';

const nowMs = Date.parse('2026-11-22T12:00:00Z');
const secret = generateSecret();
const pair = generateKeyPair();
const body = '{"event_name":"batch_complete","data":{"title":"Frieren — 葬送"}}';

const sign = ({ secrets = [secret], privateKeys = [pair.privateKey], text = body, atMs = nowMs } = {}) =>
  signedHeaders(
    { id: 'evt_1', eventName: 'batch_complete', body: text },
    {
      secrets: secrets.map((each) => ({ key: prepareSecret(each), untilMs: Infinity })),
      privateKeys: privateKeys.map((each) => ({ key: preparePrivateKey(each), untilMs: Infinity })),
      headers: {},
    },
    atMs,
  );

const verify = (
  headers: Record<string, string>,
  keys: Parameters<typeof verifyWebhook>[1],
  text: string | Uint8Array = body,
) => verifyWebhook({ headers, body: text }, keys, { nowMs });

describe('what a webhook sent', () => {
  test('is verified by the secret, the public key, or both', () => {
    expect(verify(sign(), { secret }).isVerified).toBe(true);
    expect(verify(sign(), { publicKey: pair.publicKey }).isVerified).toBe(true);
    const both = verify(sign(), { secret, publicKey: pair.publicKey });
    expect(both.proofs.map(({ scheme, isValid }) => [scheme, isValid])).toEqual([
      ['v1', true],
      ['x-sublarr-signature', true],
      ['v1a', true],
    ]);
  });

  test('is verified within a rotation by the old and by the new secret', () => {
    const newer = generateSecret();
    const headers = sign({ secrets: [secret, newer] });
    expect(verify(headers, { secret }).isVerified).toBe(true);
    expect(verify(headers, { secret: newer }).isVerified).toBe(true);
  });

  test('is verified whatever the case of its headers, and when it is bytes', () => {
    const headers = Object.fromEntries(
      Object.entries(sign()).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(verify(headers, { secret }, Buffer.from(body)).isVerified).toBe(true);
  });

  test('of an original Sublarr, with its one signature alone, is verified', () => {
    const { 'x-sublarr-signature': signature = '' } = sign();
    expect(verify({ 'x-sublarr-signature': signature }, { secret }).isVerified).toBe(true);
  });
});

describe('is not verified, and told why:', () => {
  test.each([
    ['another secret', sign(), { secret: generateSecret() }, 'another key'],
    ['another public key', sign(), { publicKey: generateKeyPair().publicKey }, 'another key'],
    ['an old post', sign({ atMs: nowMs - 301_000 }), { secret }, '301 s old'],
    ['a post of the future', sign({ atMs: nowMs + 302_000 }), { secret }, '302 s in the future'],
    ['no headers', {}, { secret }, 'not all there'],
    ['no signature of the scheme', sign({ privateKeys: [] }), { publicKey: pair.publicKey }, 'none of v1a'],
    ['a time that is none', { ...sign(), 'webhook-timestamp': 'soon' }, { secret }, 'not a number'],
    ['another id', { ...sign(), 'webhook-id': 'evt_2' }, { secret }, 'another key'],
  ])('%s', (_what, headers, keys, words) => {
    const { isVerified, proofs } = verify(headers, keys);
    expect(isVerified).toBe(false);
    expect(proofs[0]?.problem).toContain(words);
  });

  test('a body whose bytes are other ones but read as the same text', () => {
    const text = '{"x":"\uFFFD"}';
    const forged = Buffer.from('7b2278223a22ff227d', 'hex');
    expect(forged.toString('utf8')).toBe(text);
    expect(verify(sign({ text }), { secret }, forged).isVerified).toBe(false);
  });

  test('an old post whose X-Sublarr-Signature, which holds no time, still fits', () => {
    const { isVerified, proofs } = verify(sign({ atMs: nowMs - 3_600_000 }), { secret });
    expect(proofs[1]).toMatchObject({ scheme: 'x-sublarr-signature', isValid: true });
    expect(isVerified).toBe(false);
  });
});

test('a public key that is none is refused', () => {
  expect(() => verify(sign(), { publicKey: 'whpk_short' })).toThrow(TypeError);
});

test('law: it agrees with the library of the standard, and one changed character fails', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (text, place) => {
      const atMs = Date.now();
      const headers = sign({ text, atMs });
      const options = { nowMs: atMs };
      expect(verifyWebhook({ headers, body: text }, { secret }, options).isVerified).toBe(true);
      expect(() => new Webhook(secret).verify(text, headers, { jsonParse: false })).not.toThrow();
      const characters = Array.from(text);
      const at = place % characters.length;
      const changed = characters.with(at, characters[at] === 'x' ? 'y' : 'x').join('');
      expect(verifyWebhook({ headers, body: changed }, { secret }, options).isVerified).toBe(false);
    }),
    { numRuns: 50 },
  );
});
