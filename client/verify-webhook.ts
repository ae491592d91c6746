import { isUtf8 } from 'node:buffer';
import { createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { prepareSecret, signedContent, signStandard, signSublarr } from '../shared/signature.ts';

/** What a receiver got. */
export interface ReceivedWebhook {
  /** By their names in any case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came: parsed and written again, it may differ. */
  readonly body: string | Uint8Array;
}

/** What proves where it came from; at least one of the two. */
export interface VerifyingKeys {
  /** The webhook's secret, as it was shown. */
  readonly secret?: string | undefined;
  /** The webhook's `public_key` (`whpk_…`), for v1a. */
  readonly publicKey?: string | undefined;
}

/** What one of the proofs came to. */
export interface Proof {
  readonly scheme: 'v1' | 'v1a' | 'x-sublarr-signature';
  readonly isValid: boolean;
  /** Why it is not, and what may be the cause. */
  readonly problem: string | undefined;
}

export const toleranceSecondsDefault = 300;

const publicPrefix = 'whpk_';
const publicBytes = 32;

/** Throws `TypeError` for a text that is no public key. */
function readPublicKey(text: string) {
  const bytes = Buffer.from(text.startsWith(publicPrefix) ? text.slice(publicPrefix.length) : '', 'base64');
  if (bytes.length !== publicBytes) {
    throw new TypeError(`a public key is "${publicPrefix}" and ${publicBytes} bytes in base64`);
  }
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') },
  });
}

const isSame = (given: string, expected: string): boolean => {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
};

const wrongKey =
  'it does not fit: another key, or a body that is not byte for byte what came (parsed and written again, or with a line break added)';

/**
 * Verifies what a receiver got, by every proof that the keys can check: the signatures of Standard Webhooks, and the
 * original's. A receiver may trust it when `isVerified`; the proofs tell why not. Throws `TypeError` for a public key
 * that is none.
 */
export function verifyWebhook(
  { headers, body }: ReceivedWebhook,
  { secret, publicKey }: VerifyingKeys,
  {
    nowMs = Date.now(),
    toleranceSeconds = toleranceSecondsDefault,
  }: { readonly nowMs?: number; readonly toleranceSeconds?: number } = {},
): { readonly isVerified: boolean; readonly proofs: readonly Proof[] } {
  const byName = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? []].flat().join(' ')]),
  );
  const verifyingKey = publicKey === undefined ? undefined : readPublicKey(publicKey);
  const bytes = Buffer.from(body);
  const standard = checkStandard(byName, bytes, { nowMs, toleranceSeconds });
  const proofs = [
    ...(secret === undefined
      ? []
      : [
          standard('v1', (content, given) =>
            isSame(given, signStandard(prepareSecret(secret), content).slice('v1,'.length)),
          ),
          checkSublarr(secret, byName.get('x-sublarr-signature'), bytes),
        ]),
    ...(verifyingKey === undefined
      ? []
      : [
          standard('v1a', (content, given) =>
            verify(null, Buffer.from(content), verifyingKey, Buffer.from(given, 'base64')),
          ),
        ]),
  ];
  // A signature of the body alone proves no time: it counts only where there is no other.
  const decisive = proofs.filter(({ scheme }) => scheme !== 'x-sublarr-signature');
  const isStandard = byName.has('webhook-signature');
  return { isVerified: (isStandard ? decisive : proofs).some(({ isValid }) => isValid), proofs };
}

const checkStandard =
  (
    headers: ReadonlyMap<string, string>,
    body: Buffer,
    { nowMs, toleranceSeconds }: { readonly nowMs: number; readonly toleranceSeconds: number },
  ) =>
  (scheme: 'v1' | 'v1a', fits: (content: string, given: string) => boolean): Proof => {
    const fail = (problem: string): Proof => ({ scheme, isValid: false, problem });
    const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
      headers.get(name),
    );
    if (id === undefined || timestamp === undefined || signature === undefined) {
      return fail('the headers webhook-id, webhook-timestamp and webhook-signature are not all there');
    }
    if (!/^\d{1,12}$/.test(timestamp)) return fail('webhook-timestamp is not a number of seconds');
    const given = signature.split(/\s+/).flatMap((each) => {
      const comma = each.indexOf(',');
      return each.slice(0, comma) === scheme ? [each.slice(comma + 1)] : [];
    });
    if (given.length === 0) return fail(`webhook-signature holds none of ${scheme}`);
    // Bytes that are no text would be read as others.
    if (!isUtf8(body)) return fail('the body is not UTF-8');
    const content = signedContent(id, Number(timestamp), body.toString('utf8'));
    if (!given.some((each) => fits(content, each))) return fail(wrongKey);
    const ageSeconds = Math.round(nowMs / 1000 - Number(timestamp));
    if (Math.abs(ageSeconds) > toleranceSeconds) {
      const when = ageSeconds > 0 ? `${ageSeconds} s old` : `${-ageSeconds} s in the future`;
      return fail(
        `it fits, but is ${when}, and at most ${toleranceSeconds} s are allowed: a repetition of an old post, or a clock that is wrong`,
      );
    }
    return { scheme, isValid: true, problem: undefined };
  };

function checkSublarr(secret: string, header: string | undefined, body: Buffer): Proof {
  const scheme = 'x-sublarr-signature';
  if (header === undefined) return { scheme, isValid: false, problem: 'the header is not there' };
  const isValid = isSame(header, signSublarr(prepareSecret(secret), body));
  return { scheme, isValid, problem: isValid ? undefined : wrongKey };
}
