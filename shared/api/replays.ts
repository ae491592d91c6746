import * as z from 'zod';
import { eventNames } from '../catalog.ts';
import { jobStates } from '../job.ts';
import { pageQuerySchema } from '../list-query.ts';
import { redriveFieldsSchema } from '../redrive-fields.ts';
import { replayableStates } from '../replay.ts';
import { replayFieldsSchema } from '../replay-fields.ts';
import { nextCursorSchema } from './answer-fields.ts';
import { loggedDeliverySchema } from './deliveries.ts';
import type { Operation } from './operation.ts';

export const jobAnswerSchema = z.object({
  id: z.string(),
  kind: z.literal('replay'),
  /** One of the two is null. */
  webhook_id: z.string().nullable(),
  hook_id: z.string().nullable(),
  state: z.enum(jobStates),
  reason: z.string().nullable(),
  /** Null until it is counted. */
  total: z.int().nullable(),
  done: z.int(),
  failed: z.int(),
  failures: z.array(z.object({ delivery_id: z.string(), reason: z.string() })),
  since: z.string().nullable(),
  until: z.string(),
  states: z.array(z.enum(replayableStates)),
  event_names: z.array(z.enum(eventNames)).nullable(),
  rate_per_second: z.int(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  updated_at: z.string(),
  finished_at: z.string().nullable(),
});

/** The answer to a `dry_run`. */
export const replayCountSchema = z.object({
  dry_run: z.literal(true),
  total: z.int(),
  /** Whether there was time to count all. */
  complete: z.boolean(),
});

export const deadLettersSchema = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      messages: z.int(),
      /** The last time that its messages were moved back. */
      redrive: z
        .object({
          state: z.string(),
          moved: z.int(),
          to_move: z.int().nullable(),
          started_at: z.string().nullable(),
          reason: z.string().nullable(),
        })
        .nullable(),
    }),
  ),
});

export const redrivenSchema = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      messages: z.int(),
      outcome: z.enum(['started', 'already_running', 'empty']),
    }),
  ),
});

const tag = 'Replays';

export const replayOperations: readonly Operation[] = [
  {
    id: 'retryDelivery',
    tag,
    summary: 'Sends one delivery, or runs a script, anew now, whatever its state',
    method: 'POST',
    path: '/api/v1/deliveries/{id}/retry',
    scope: 'manage',
    answers: { 202: loggedDeliverySchema },
  },
  {
    id: 'replayWebhook',
    tag,
    summary: 'Sends deliveries of a webhook anew, as a job',
    description: 'With `dry_run` they are only counted: 200.',
    method: 'POST',
    path: '/api/v1/webhooks/{id}/replay',
    scope: 'manage',
    body: { json: replayFieldsSchema, optional: true },
    answers: { 200: replayCountSchema, 202: jobAnswerSchema },
  },
  {
    id: 'replayHook',
    tag,
    summary: 'Runs the script of a hook anew for events of before, as a job',
    description:
      'Each runs the content that the hook is pinned to when its run comes. With `dry_run` they are only counted: 200.',
    method: 'POST',
    path: '/api/v1/hooks/{id}/replay',
    scope: 'manage',
    body: { json: replayFieldsSchema, optional: true },
    answers: { 200: replayCountSchema, 202: jobAnswerSchema },
  },
  {
    id: 'listJobs',
    tag,
    summary: 'Lists jobs, newest first',
    method: 'GET',
    path: '/api/v1/jobs',
    scope: 'read',
    query: pageQuerySchema,
    answers: { 200: z.object({ jobs: z.array(jobAnswerSchema), next_cursor: nextCursorSchema }) },
  },
  {
    id: 'getJob',
    tag,
    summary: 'Tells how far a job is',
    method: 'GET',
    path: '/api/v1/jobs/{id}',
    scope: 'read',
    answers: { 200: jobAnswerSchema },
  },
  {
    id: 'cancelJob',
    tag,
    summary: 'Cancels a job that is under way',
    method: 'POST',
    path: '/api/v1/jobs/{id}/cancel',
    scope: 'manage',
    answers: { 200: jobAnswerSchema },
  },
  {
    id: 'listDeadLetters',
    tag,
    summary: 'Lists the dead-letter queues, and what lies in them',
    method: 'GET',
    path: '/api/v1/dead-letters',
    scope: 'read',
    answers: { 200: deadLettersSchema },
  },
  {
    id: 'redriveDeadLetters',
    tag,
    summary: 'Moves dead letters back to where they came from',
    method: 'POST',
    path: '/api/v1/dead-letters/redrive',
    scope: 'manage',
    body: { json: redriveFieldsSchema, optional: true },
    answers: { 202: redrivenSchema },
  },
];
