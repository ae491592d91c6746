import * as z from 'zod';
import { eventNames } from './catalog.ts';
import { instantSchema } from './instant.ts';
import {
  replayableStates,
  replayRateDefault,
  replayRateMax,
  selectionSchema,
  statesReplayedDefault,
} from './replay.ts';
import type { Selection } from './replay.ts';

const controlFields = {
  /** Counts and changes nothing. */
  dry_run: z.boolean().default(false),
  rate_per_second: z.int().min(1).max(replayRateMax).default(replayRateDefault),
};

/** The body of `POST /api/v1/webhooks/{id}/replay`, and of the same of a hook. */
export const replayFieldsSchema = z
  .strictObject({
    since: instantSchema.optional(),
    until: instantSchema.optional(),
    states: z
      .array(z.enum(replayableStates))
      .min(1)
      .default([...statesReplayedDefault]),
    event_names: z.array(z.enum(eventNames)).min(1).optional(),
    ...controlFields,
  })
  .refine(({ since, until }) => since === undefined || until === undefined || since <= until, {
    path: ['until'],
    message: 'must not be before since',
  });
export type ReplayFields = z.output<typeof replayFieldsSchema>;

/** The body of `POST /api/v1/webhooks/{id}/enable`, and of the same of a hook. */
export const enableFieldsSchema = z
  .strictObject({
    /** Sends what was parked. */
    replay: z.boolean().default(false),
    ...controlFields,
  })
  .refine(({ replay, dry_run }) => replay || !dry_run, {
    path: ['dry_run'],
    message: 'counts what would be replayed: give replay as well',
  });

/** What a request chooses; up to now unless told, which is nothing when `since` is yet to come. */
export const toSelection = (
  { since, until, states, event_names }: Pick<ReplayFields, 'since' | 'until' | 'states' | 'event_names'>,
  nowMs: number,
): Selection => {
  const now = new Date(nowMs).toISOString();
  return selectionSchema.parse({
    since,
    // Never before `since`: no table answers a range that ends before it begins.
    until: until ?? (since !== undefined && since > now ? since : now),
    states: [...new Set(states)],
    event_names: event_names === undefined ? undefined : [...new Set(event_names)],
  });
};

/** What was parked while an endpoint was disabled. */
export const parkedUntil = (nowMs: number): Selection => ({
  until: new Date(nowMs).toISOString(),
  states: ['parked'],
});
