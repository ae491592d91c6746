import { createHash, timingSafeEqual } from 'node:crypto';
import { prepareSecret, signSublarr } from './signature.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in a time that tells neither the length nor how much of it fits. */
const isSame = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected));

/** Whether `X-Sublarr-Signature` is that of these bytes under the secret. */
export const isSignedBy = (secret: string, bytes: Uint8Array, header: string | undefined): boolean =>
  isSame(header ?? '', signSublarr(prepareSecret(secret), bytes));

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Reads `Authorization: Basic …`; undefined when it is anything else. */
export function readBasicAuth(header: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header?.trim() ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * Whether `Authorization` holds the password, and the user name where one is expected.
 * https://www.rfc-editor.org/rfc/rfc7617
 */
export function holdsCredentials(
  header: string | undefined,
  expected: { readonly username?: string | undefined; readonly password: string },
): boolean {
  const given = readBasicAuth(header) ?? { username: '', password: '' };
  const isUser = isSame(given.username, expected.username ?? given.username);
  const isPassword = isSame(given.password, expected.password);
  return isUser && isPassword;
}
