import * as z from 'zod';
import { ApiError } from './api-error.ts';
import { eventNames } from './catalog.ts';
import type { DeliveryState } from './delivery.ts';

/** The states that a webhook's deliveries may be replayed from. */
export const replayableStates = [
  'retrying',
  'delivered',
  'exhausted',
  'refused',
  'parked',
  'filtered',
] as const satisfies readonly DeliveryState[];

/** What is replayed unless told: what was meant to arrive and came to another end. */
export const statesReplayedDefault = ['exhausted', 'refused', 'parked'] as const;

/** Which of a webhook's deliveries are replayed. Times are those of the events, ISO 8601 in UTC, both included. */
export const selectionSchema = z.object({
  since: z.string().optional(),
  until: z.string(),
  states: z.array(z.enum(replayableStates)).min(1),
  event_names: z.array(z.enum(eventNames)).min(1).optional(),
});
export type Selection = z.infer<typeof selectionSchema>;

/** Deliveries a second that a replay sends, unless told and at most. The webhook's own `rate_limit` holds besides. */
export const replayRateDefault = 50;
export const replayRateMax = 500;

/**
 * How far ahead of their time a replay queues deliveries, in milliseconds: what is queued goes out even when the job is
 * cancelled.
 */
export const queuedAheadMs = 10_000;
/** A page is begun while less than this is queued, and takes no longer than the other half. */
export const pageBeginsMs = queuedAheadMs / 2;
/** Deliveries that are looked up and queued together; an event has up to 256 KB. */
const pageItemsMax = 100;

/** Deliveries in a page. */
export const pageSizeOf = (ratePerSecond: number): number =>
  Math.min(pageItemsMax, (ratePerSecond * (queuedAheadMs - pageBeginsMs)) / 1000);

/** When the deliveries of a page are due, evenly spread behind those of the page before. Epoch milliseconds. */
export function spreadOver(
  count: number,
  { nextAt, ratePerSecond, nowMs }: { nextAt: number | undefined; ratePerSecond: number; nowMs: number },
): { readonly dueMs: readonly number[]; readonly nextAt: number } {
  const first = Math.max(nextAt ?? nowMs, nowMs);
  const intervalMs = 1000 / ratePerSecond;
  return {
    dueMs: Array.from({ length: count }, (_, index) => first + index * intervalMs),
    nextAt: first + count * intervalMs,
  };
}

/** The answer to a wish to send something to a webhook that is disabled. */
export const webhookIsDisabled = (id: string): ApiError =>
  new ApiError(
    'conflict',
    `The webhook is disabled: POST /api/v1/webhooks/${id}/enable first. {"replay": true} there sends what was parked meanwhile.`,
  );
