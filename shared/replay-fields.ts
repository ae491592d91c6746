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

/** The body of `POST /api/v1/webhooks/{id}/replay`. */
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

/** The body of `POST /api/v1/webhooks/{id}/enable`. */
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

/** What a request chooses; up to now unless told. */
export const toSelection = (
  { since, until, states, event_names }: Pick<ReplayFields, 'since' | 'until' | 'states' | 'event_names'>,
  nowMs: number,
): Selection =>
  selectionSchema.parse({
    since,
    until: until ?? new Date(nowMs).toISOString(),
    states: [...new Set(states)],
    event_names: event_names === undefined ? undefined : [...new Set(event_names)],
  });

/** What was parked while a webhook was disabled. */
export const parkedUntil = (nowMs: number): Selection => ({
  until: new Date(nowMs).toISOString(),
  states: ['parked'],
});
