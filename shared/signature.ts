import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { signStandardAsymmetric } from './signature-v1a.ts';

const prefix = 'whsec_';
/** Standard Webhooks 1.0: 24 to 64 random bytes. */
const secretBytesMin = 24;
const secretBytesMax = 64;
const generatedBytes = 32;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** The prefixes of the keys of the other scheme. */
const asymmetricPrefixes = ['whsk_', 'whpk_'];

/** A new Standard Webhooks secret: `whsec_` and 32 random bytes in base64. */
export const generateSecret = (): string => prefix + randomBytes(generatedBytes).toString('base64');

/**
 * Says what is wrong with a secret that starts as the keys of Standard Webhooks do; any other text is a key as it
 * stands.
 */
export function findSecretProblem(secret: string): string | undefined {
  const asymmetric = asymmetricPrefixes.find((start) => secret.startsWith(start));
  if (asymmetric !== undefined) {
    return `is a ${asymmetric} key, and those belong to v1a: give "${prefix}" and base64, or any other text; the keys of v1a are made here`;
  }
  if (!secret.startsWith(prefix)) return undefined;
  const encoded = secret.slice(prefix.length);
  const bytes = base64.test(encoded) ? Buffer.from(encoded, 'base64').length : 0;
  return bytes >= secretBytesMin && bytes <= secretBytesMax
    ? undefined
    : `must hold ${secretBytesMin} to ${secretBytesMax} bytes in base64 after "${prefix}"`;
}

/** A secret made ready to sign with: deriving the key anew for each body costs three times the signature. */
export interface SecretKeys {
  /** The decoded base64 after `whsec_`, or the UTF-8 bytes of a secret in any other form. */
  readonly standard: KeyObject;
  /** The UTF-8 bytes of the secret's text, in whatever form. */
  readonly sublarr: KeyObject;
}

export function prepareSecret(secret: string): SecretKeys {
  const sublarr = createSecretKey(secret, 'utf8');
  return secret.startsWith(prefix)
    ? { standard: createSecretKey(secret.slice(prefix.length), 'base64'), sublarr }
    : { standard: sublarr, sublarr };
}

/** The original's signature: `sha256=` and the hex HMAC-SHA256 of the body under the secret's text. */
export const signSublarr = ({ sublarr }: SecretKeys, body: string | Uint8Array): string =>
  `sha256=${createHmac('sha256', sublarr).update(body).digest('hex')}`;

/** What every scheme of Standard Webhooks signs. */
export const signedContent = (id: string, timestampSeconds: number, body: string): string =>
  `${id}.${timestampSeconds}.${body}`;

/**
 * A Standard Webhooks v1 signature of `signedContent`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const signStandard = ({ standard }: SecretKeys, content: string): string =>
  `v1,${createHmac('sha256', standard).update(content).digest('base64')}`;

/** A key that signs, and until when. */
export interface LiveKey<Key> {
  readonly key: Key;
  /** Epoch milliseconds from which it signs nothing more; Infinity for the current key. */
  readonly untilMs: number;
}

/** What the posts of one webhook carry beside the event. */
export interface Signing {
  /** Of v1 and the original's signature, the oldest first; empty when the webhook does not sign so. */
  readonly secrets: readonly LiveKey<SecretKeys>[];
  /** Of v1a, the oldest first; empty when the webhook does not sign so. */
  readonly privateKeys: readonly LiveKey<KeyObject>[];
  /** The webhook's own headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Every header of one attempt at `nowMs`. `webhook-signature` lists a signature by each live key, the newest first;
 * the original's header has room for one, and its receivers compare the whole of it: the oldest live secret signs
 * it, so that a receiver that was told nothing yet goes on to verify until the grace of a rotation ends.
 */
export function signedHeaders(
  message: { id: string; eventName: string; body: string },
  signing: Signing,
  nowMs: number,
): Record<string, string> {
  const timestampSeconds = Math.floor(nowMs / 1000);
  const content = signedContent(message.id, timestampSeconds, message.body);
  const isLive = ({ untilMs }: LiveKey<unknown>): boolean => nowMs < untilMs;
  const secrets = signing.secrets.filter(isLive);
  const [oldest] = secrets;
  const signatures = [
    ...secrets.map(({ key }) => signStandard(key, content)).reverse(),
    ...signing.privateKeys
      .filter(isLive)
      .map(({ key }) => signStandardAsymmetric(key, content))
      .reverse(),
  ];
  return {
    ...signing.headers,
    'content-type': 'application/json',
    'user-agent': 'sublarr-events/1',
    'x-sublarr-event': message.eventName,
    ...(oldest === undefined ? {} : { 'x-sublarr-signature': signSublarr(oldest.key, message.body) }),
    'webhook-id': message.id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
