import { createHash } from 'node:crypto';
import * as z from 'zod';
import { renderKey } from './coalesce.ts';
import type { Coalesce } from './coalesce.ts';
import { eventSchema } from './event.ts';
import type { CatalogEvent } from './event.ts';
import type { WebhookId } from './ids.ts';
import { queueDelaySecondsMax } from './limits.ts';

/** What names a digest: a webhook's events of one window and one key. */
export const digestKeySchema = z.object({
  tenant: z.string(),
  webhook_id: z.custom<WebhookId>((id) => typeof id === 'string' && id.startsWith('wh_')),
  digest_id: z.string(),
});
export type DigestKey = z.infer<typeof digestKeySchema>;

/** An event as a digest lists it. */
export const digestMemberSchema = eventSchema.pick({ id: true, timestamp: true, event_name: true });
export type DigestMember = z.infer<typeof digestMemberSchema>;

/** Which digest a delivery carries: events that come when a part is sealed already make a further one. */
export const digestPartSchema = z.object({
  id: z.string(),
  part: z.int(),
  /** How many events it stands for. */
  count: z.int(),
});
export type DigestPart = z.infer<typeof digestPartSchema>;

/** A message of the webhook-deliveries queue that asks to send what a digest holds. */
export const flushMessageSchema = z.object({
  flush: digestKeySchema.extend({ webhook_name: z.string() }),
  /** What this message seals is its own to send, also when it comes again, and nobody else's. */
  token: z.string(),
  /** The place of the member after which it begins: what comes before is another message's. */
  after: z.string().optional(),
  /**
   * Epoch milliseconds before which it takes nothing: who adds to the digest counts on it until then, also when a
   * clock was set back meanwhile.
   */
  not_before: z.number().optional(),
});
export type FlushMessage = z.infer<typeof flushMessageSchema>;

/** Room for what was published at the window's end and is still on its way, in milliseconds. */
const settleMs = 1_000;
const eventIdsMax = 100;
const idCharacters = 32;

/** The digest that an event belongs to, whenever and how often it is asked for. */
export function digestKeyOf(event: CatalogEvent, webhookId: WebhookId, coalesce: Coalesce): DigestKey {
  const window = Math.floor(Date.parse(event.timestamp) / (coalesce.window_seconds * 1000));
  const text = JSON.stringify([coalesce.window_seconds, window, renderKey(coalesce.key, event)]);
  return {
    tenant: event.tenant,
    webhook_id: webhookId,
    digest_id: createHash('sha256').update(text).digest('hex').slice(0, idCharacters),
  };
}

/**
 * Seconds until an event's digest is due: the end of its window; or, for one that comes later than that, as long as a
 * window, since others that are as late come with it.
 */
export function flushDelaySeconds(event: CatalogEvent, coalesce: Coalesce, nowMs: number): number {
  const windowMs = coalesce.window_seconds * 1000;
  const endsMs = (Math.floor(Date.parse(event.timestamp) / windowMs) + 1) * windowMs;
  const waitMs = nowMs < endsMs ? endsMs - nowMs + settleMs : windowMs;
  return Math.min(Math.ceil(waitMs / 1000), queueDelaySecondsMax);
}

/** A member's place among the others of its digest, which sort by time. */
export const placeOf = ({ timestamp, id }: Pick<DigestMember, 'timestamp' | 'id'>): string =>
  `${timestamp}#${id}`;

/**
 * What is sent for all members: the latest of them, with `data.coalesced`.
 * @param members in the order of their places
 */
export function composeDigest(latest: CatalogEvent, members: readonly DigestMember[]): CatalogEvent {
  return {
    ...latest,
    data: {
      ...latest.data,
      coalesced: {
        count: members.length,
        first_timestamp: members[0]?.timestamp,
        last_timestamp: members.at(-1)?.timestamp,
        event_ids: members.slice(0, eventIdsMax).map(({ id }) => id),
      },
    },
  };
}
