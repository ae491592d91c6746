import type { KeyObject } from 'node:crypto';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

const privatePrefix = 'whsk_';
const publicPrefix = 'whpk_';
const seedBytes = 32;
const publicBytes = 32;

/** An ed25519 key pair in the text form of Standard Webhooks. */
export interface KeyPair {
  /** `whsk_` and base64 of seed and public key, 64 bytes. */
  readonly privateKey: string;
  /** `whpk_` and base64 of the public key, 32 bytes. */
  readonly publicKey: string;
}

export function generateKeyPair(): KeyPair {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('ed25519 was exported without its key');
  const [seed, publicKey] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  return {
    privateKey: privatePrefix + Buffer.concat([seed, publicKey]).toString('base64'),
    publicKey: publicPrefix + publicKey.toString('base64'),
  };
}

/** Reads a `whsk_` key. Throws when it is none; the error holds nothing of it. */
export function preparePrivateKey(text: string): KeyObject {
  const bytes = Buffer.from(text.startsWith(privatePrefix) ? text.slice(privatePrefix.length) : '', 'base64');
  if (bytes.length !== seedBytes + publicBytes) {
    throw new Error(`a private key must be "${privatePrefix}" and 64 bytes in base64`);
  }
  const [d, x] = [bytes.subarray(0, seedBytes), bytes.subarray(seedBytes)];
  return createPrivateKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', d: d.toString('base64url'), x: x.toString('base64url') },
  });
}

/** A Standard Webhooks v1a signature: ed25519 over the same content as v1. */
export const signStandardAsymmetric = (privateKey: KeyObject, content: string): string =>
  `v1a,${sign(null, Buffer.from(content), privateKey).toString('base64')}`;
