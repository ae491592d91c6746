import { createHash } from 'node:crypto';
import * as z from 'zod';
import { findPayloadProblems, isEventName, isMetaEvent } from './catalog.ts';
import type { EventName, PayloadProblem } from './catalog.ts';
import type { SourceId } from './ids.ts';
import { idempotencyWindowMs } from './limits.ts';
import { parseFields } from './parse-request.ts';

/** What a webhook of Sublarr comes to. */
export type SublarrWebhook =
  /** Its test button: every value of the sample is the same text. */
  | { readonly kind: 'test' }
  /** An event that its version has and the catalog has not, or that only the system itself publishes. */
  | { readonly kind: 'unknown'; readonly eventName: string }
  | {
      readonly kind: 'event';
      readonly eventName: EventName;
      readonly data: Readonly<Record<string, unknown>>;
      /** Known keys that were of another type than receivers are promised, and so were left out. */
      readonly leftOut: readonly PayloadProblem[];
      /** When Sublarr sent it, epoch milliseconds. */
      readonly sentAtMs: number;
    };

export const sublarrBodySchema = z.looseObject({
  event_name: z.string().min(1),
  timestamp: z.iso.datetime({ offset: true }),
  data: z.record(z.string(), z.unknown()),
});

const sampleValue = 'test_value';

const isSample = (data: Readonly<Record<string, unknown>>): boolean => {
  const values = Object.values(data);
  return values.length > 0 && values.every((value) => value === sampleValue);
};

/** Reads the body of a Sublarr's own webhook. Throws `ApiError` 422 when it is none. */
export function readSublarrWebhook(body: unknown): SublarrWebhook {
  const { event_name: eventName, timestamp, data } = parseFields(sublarrBodySchema, body);
  if (isSample(data)) return { kind: 'test' };
  if (!isEventName(eventName) || isMetaEvent(eventName)) return { kind: 'unknown', eventName };
  const leftOut = findPayloadProblems(eventName, data);
  const wrong = new Set(leftOut.map(({ key }) => key));
  return {
    kind: 'event',
    eventName,
    data: Object.fromEntries(Object.entries(data).filter(([key]) => !wrong.has(key))),
    leftOut,
    sentAtMs: Date.parse(timestamp),
  };
}

/**
 * How old, or how far ahead, a signed body may be. An id is remembered for the idempotency window from when it first
 * came, so with half of it to either side a replay is always known or too old; a clock that is off, and the minutes
 * over which Sublarr tries again, are far less.
 */
export const sentToleranceMs = idempotencyWindowMs / 2;

export const isSentInTime = (sentAtMs: number, nowMs: number): boolean =>
  Math.abs(nowMs - sentAtMs) <= sentToleranceMs;

/**
 * The id of an event that came as these bytes: the same for each repetition. It is no `evt_` id, because those tell
 * when an event was published.
 */
export const inboundEventId = (id: SourceId, bytes: Uint8Array): string =>
  `in_${createHash('sha256').update(`${id}.`).update(bytes).digest('hex').slice(0, 40)}`;
