import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { generateKeyPair, preparePrivateKey, signStandardAsymmetric } from './signature-v1a.ts';

const bytesOf = (text: string, prefix: string) => {
  expect(text.startsWith(prefix)).toBe(true);
  return Buffer.from(text.slice(prefix.length), 'base64');
};

describe('a key pair', () => {
  test('has the form of Standard Webhooks: 64 bytes after whsk_, of which the last 32 follow whpk_', () => {
    const { privateKey, publicKey } = generateKeyPair();
    expect(bytesOf(privateKey, 'whsk_')).toHaveLength(64);
    expect(bytesOf(privateKey, 'whsk_').subarray(32)).toEqual(bytesOf(publicKey, 'whpk_'));
  });

  test('is never the same', () => {
    const pairs = Array.from({ length: 10 }, generateKeyPair);
    expect(new Set(pairs.map(({ publicKey }) => publicKey)).size).toBe(10);
  });

  test('belongs together: the public key is that of the private one', () => {
    const { privateKey, publicKey } = generateKeyPair();
    const { x = '' } = createPublicKey(preparePrivateKey(privateKey)).export({ format: 'jwk' });
    expect(Buffer.from(x, 'base64url')).toEqual(bytesOf(publicKey, 'whpk_'));
  });
});

test('a signature is that of RFC 8032, test 2', () => {
  const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';
  const publicKey = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
  const key = preparePrivateKey(`whsk_${Buffer.from(seed + publicKey, 'hex').toString('base64')}`);
  const expected =
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';
  expect(signStandardAsymmetric(key, 'r')).toBe(`v1a,${Buffer.from(expected, 'hex').toString('base64')}`);
});

test.each([
  ['', 'empty'],
  ['whsk_', 'no bytes'],
  [`whsk_${Buffer.alloc(63, 1).toString('base64')}`, '63 bytes'],
  [generateKeyPair().publicKey, 'a public key'],
  [generateKeyPair().privateKey.slice(1), 'a wrong prefix'],
  [generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'PEM'],
])('%# %j is refused as a private key, and the error does not repeat it', (text) => {
  expect(() => preparePrivateKey(text)).toThrow(/^a private key must be "whsk_" and 64 bytes in base64$/);
});
