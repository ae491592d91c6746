import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
/** Standard Webhooks 1.0: 24 to 64 random bytes. */
const secretBytesMin = 24;
const secretBytesMax = 64;
const generatedBytes = 32;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A new Standard Webhooks secret: `whsec_` and 32 random bytes in base64. */
export const generateSecret = (): string => prefix + randomBytes(generatedBytes).toString('base64');

/** Says what is wrong with a secret that starts with `whsec_`; any other text is a key as it stands. */
export function findSecretProblem(secret: string): string | undefined {
  if (!secret.startsWith(prefix)) return undefined;
  const encoded = secret.slice(prefix.length);
  const bytes = base64.test(encoded) ? Buffer.from(encoded, 'base64').length : 0;
  return bytes >= secretBytesMin && bytes <= secretBytesMax
    ? undefined
    : `must hold ${secretBytesMin} to ${secretBytesMax} bytes in base64 after "${prefix}"`;
}

const standardKey = (secret: string): Buffer =>
  secret.startsWith(prefix)
    ? Buffer.from(secret.slice(prefix.length), 'base64')
    : Buffer.from(secret, 'utf8');

/** The original's signature: `sha256=` and the hex HMAC-SHA256 of the body under the secret's text. */
export const signSublarr = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/**
 * A Standard Webhooks v1 signature over `id.timestamp.body`. The key is the decoded base64 after `whsec_`, or the
 * text of a secret in any other form. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const signStandard = (secret: string, id: string, timestampSeconds: number, body: string): string =>
  `v1,${createHmac('sha256', standardKey(secret)).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`;

/** Every header that proves who sent a body, for one attempt at `nowMs`. */
export function signedHeaders(
  message: { id: string; eventName: string; body: string },
  secret: string,
  nowMs: number,
): Record<string, string> {
  const timestampSeconds = Math.floor(nowMs / 1000);
  return {
    'content-type': 'application/json',
    'user-agent': 'sublarr-events/1',
    'x-sublarr-event': message.eventName,
    'x-sublarr-signature': signSublarr(secret, message.body),
    'webhook-id': message.id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signStandard(secret, message.id, timestampSeconds, message.body),
  };
}
