import * as z from 'zod';
import { ApiError } from './api-error.ts';

/** The schemes of Standard Webhooks: HMAC-SHA256 under a shared secret, and ed25519. */
export const signatureSchemes = ['v1', 'v1a'] as const;
export type SignatureScheme = (typeof signatureSchemes)[number];
export const signatureSchemesDefault: readonly SignatureScheme[] = ['v1'];

/** Keys of one scheme that sign side by side: each adds a signature to every post. */
export const liveKeysMax = 5;
export const graceSecondsMax = 7 * 24 * 60 * 60;
export const graceSecondsDefault = 24 * 60 * 60;

/** A key that was rotated out and signs on until its end, ISO 8601. */
const retiringFields = { sealed: z.string(), until: z.string() };

/** What a webhook's row holds of its keys, each sealed and bound to the webhook's id. Older rows have a secret alone. */
export const keyFields = {
  signature_schemes: z.array(z.enum(signatureSchemes)).min(1).optional(),
  /** The shared secret. There is always one, also while v1a alone signs. */
  sealed_secret: z.string(),
  /** The oldest first. */
  retiring_secrets: z.array(z.object(retiringFields)).optional(),
  sealed_private_key: z.string().optional(),
  public_key: z.string().optional(),
  /** The oldest first. */
  retiring_private_keys: z.array(z.object({ ...retiringFields, public_key: z.string() })).optional(),
};
const keysSchema = z.object(keyFields);
export type WebhookKeys = z.infer<typeof keysSchema>;

interface Retiring {
  readonly until: string;
}

export const schemesOf = (keys: Pick<WebhookKeys, 'signature_schemes'>): readonly SignatureScheme[] =>
  keys.signature_schemes ?? signatureSchemesDefault;

/** Those of the retiring keys that still sign. */
export const stillLive = <Key extends Retiring>(retiring: readonly Key[] | undefined, nowMs: number): Key[] =>
  (retiring ?? []).filter(({ until }) => nowMs < Date.parse(until));

/**
 * The keys that sign on beside a new one. Without a grace there are none: then the new key alone signs, also in the
 * middle of an earlier rotation. Throws `ApiError` 409 when too many would sign.
 */
export function retire<Key extends Retiring>(
  retiring: readonly Key[] | undefined,
  outgoing: Omit<Key, 'until'>,
  graceSeconds: number,
  nowMs: number,
): (Omit<Key, 'until'> & Retiring)[] {
  if (graceSeconds === 0) return [];
  const live = stillLive(retiring, nowMs);
  if (live.length + 2 > liveKeysMax) {
    const earliest = live.map(({ until }) => until).sort()[0];
    throw new ApiError(
      'conflict',
      `${liveKeysMax} keys of this webhook sign already: rotate again after ${earliest}, when the next of them ends, or with "grace_seconds": 0, which ends all but the new one at once.`,
    );
  }
  return [...live, { ...outgoing, until: new Date(nowMs + graceSeconds * 1000).toISOString() }];
}

/** The rotations within their grace, as the API tells of them; null when there is none. */
export function viewRotation(keys: WebhookKeys, nowMs: number) {
  const retiring = [
    ...stillLive(keys.retiring_secrets, nowMs).map(({ until }) => ({ scheme: 'v1', until })),
    ...stillLive(keys.retiring_private_keys, nowMs).map(({ until, public_key }) => ({
      scheme: 'v1a',
      until,
      public_key,
    })),
  ].sort((a, b) => a.until.localeCompare(b.until));
  const last = retiring.at(-1);
  return last === undefined ? null : { ends_at: last.until, retiring };
}
