import * as z from 'zod';
import { eventNames } from './catalog.ts';
import type { Delivery, DeliveryState } from './delivery.ts';
import type { EndpointId } from './ids.ts';

/** The states that deliveries and runs may be replayed from. */
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

/** Which of an endpoint's deliveries are replayed. Times are those of the events, ISO 8601 in UTC, both included. */
export const selectionSchema = z.object({
  since: z.string().optional(),
  until: z.string(),
  states: z.array(z.enum(replayableStates)).min(1),
  event_names: z.array(z.enum(eventNames)).min(1).optional(),
});
export type Selection = z.infer<typeof selectionSchema>;

/** Which rows to look through: oldest event first, on from `after`, until that is done or `deadlineMs`. */
export interface RowSearch {
  readonly tenant: string;
  readonly endpointId: EndpointId;
  readonly selection: Selection;
  /** A sort key. */
  readonly after?: string | undefined;
  readonly deadlineMs: number;
}

/** Counts rows. `after` is where to go on counting; undefined when all are counted. */
export type CountRows = (
  search: RowSearch,
) => Promise<{ readonly count: number; readonly after: string | undefined }>;

/** Deliveries a second that a replay sends, unless told and at most. A webhook's own `rate_limit` holds besides. */
export const replayRateDefault = 50;
export const replayRateMax = 500;

/** How a replay keeps from overtaking what is new: it queues little at a time, page by page. */
export interface Pace {
  /** A page is begun no longer before its time than this, in milliseconds. */
  readonly beginsAheadMs: number;
  /** How long a page lasts at the replay's rate, unless `pageItemsMax` makes it shorter. */
  readonly pageMs: number;
  /** Deliveries that are looked up and queued together; an event has up to 256 KB. */
  readonly pageItemsMax: number;
  /** Of one replay, how many may lie in the queue and wait for somebody who takes them. */
  readonly waitingMax: number;
}

/** Whatever is queued goes out even when the job is cancelled: ten seconds of deliveries at most. */
export const webhookPace: Pace = {
  beginsAheadMs: 5_000,
  pageMs: 5_000,
  pageItemsMax: 100,
  waitingMax: Infinity,
};

/**
 * A script may take minutes, and a worker runs a few at a time: no rate says how fast runs are taken. Of a replay so
 * few wait that a new event of the same hook is held up by a few rounds of a worker at most, and no worker is short of
 * runs while the job looks again.
 */
export const hookPace: Pace = { beginsAheadMs: 0, pageMs: 1_000, pageItemsMax: 25, waitingMax: 50 };

/** Deliveries in a page. */
export const pageSizeOf = (ratePerSecond: number, { pageItemsMax, pageMs }: Pace): number =>
  Math.min(pageItemsMax, (ratePerSecond * pageMs) / 1000);

/**
 * Whether a run that was sent anew still waits in its queue for somebody who takes it. One that was taken, and is to be
 * tried again, is due later than those of its page.
 * @param round in which it was sent
 * @param dueBy when the last of its page was due, epoch milliseconds
 */
export const isWaiting = (
  { state, round: known = 0, retrying_until }: Pick<Delivery, 'state' | 'round' | 'retrying_until'>,
  round: number,
  dueBy: number,
): boolean =>
  state === 'retrying' &&
  known === round &&
  retrying_until !== undefined &&
  Date.parse(retrying_until) <= dueBy;

const lookAgainMsMin = 1_000;
const lookAgainMsMax = 30_000;
/** Then those before are given up as lost, or whatever holds them up is not this replay's to wait for. */
const waitedMsMax = 30 * 60_000;

/**
 * How long a page has to wait for those before it.
 * @param waiting how many of them nobody has taken yet
 * @param waitedMs since the last of them was due
 * @returns milliseconds after which to look again, the longer the longer it takes; 0 when the page may be sent
 */
export function waitForRoom(
  pageItems: number,
  { waiting, waitedMs }: { waiting: number; waitedMs: number },
  { waitingMax }: Pace,
): number {
  if (waiting + pageItems <= waitingMax || waitedMs >= waitedMsMax) return 0;
  return Math.min(lookAgainMsMax, Math.max(lookAgainMsMin, waitedMs / 2));
}

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
