import * as z from 'zod';
import { eventNames } from '../catalog.ts';
import { coalesceSchema } from '../coalesce.ts';
import { pageQuerySchema } from '../list-query.ts';
import { enableFieldsSchema } from '../replay-fields.ts';
import { retryScheduleSchema } from '../retry-schedule.ts';
import { errorClasses } from '../retry.ts';
import { createWebhookSchema, rotateSecretSchema, updateWebhookSchema } from '../webhook-fields.ts';
import { signatureSchemes } from '../webhook-keys.ts';
import { circuitAnswerSchema, nextCursorSchema, subscriberFields } from './answer-fields.ts';
import type { Operation } from './operation.ts';
import { jobAnswerSchema, replayCountSchema } from './replays.ts';

/** Listed field by field, not derived from the row: what is sealed there must not come out here unnoticed. */
export const webhookAnswerSchema = z.object({
  id: z.string(),
  ...subscriberFields,
  url: z.string(),
  secret: z.string(),
  signature_schemes: z.array(z.enum(signatureSchemes)),
  public_key: z.string().nullable(),
  secret_rotation: z
    .object({
      ends_at: z.string(),
      retiring: z.array(
        z.object({ scheme: z.enum(signatureSchemes), until: z.string(), public_key: z.string().optional() }),
      ),
    })
    .nullable(),
  headers: z.record(z.string(), z.string()),
  retry_count: z.int(),
  retry_schedule: retryScheduleSchema,
  failure_threshold: z.int(),
  rate_limit: z.int().nullable(),
  max_in_flight: z.int().nullable(),
  coalesce: coalesceSchema.nullable(),
  circuit: circuitAnswerSchema.nullable(),
  warning: z.string().nullable(),
  disabled_reason: z.string().nullable(),
  consecutive_failures: z.int(),
  last_status_code: z.int().nullable(),
  last_error: z.string().nullable(),
});

const webhooksAnswerSchema = z.object({
  webhooks: z.array(webhookAnswerSchema),
  next_cursor: nextCursorSchema,
});

export const webhookTestedSchema = z.object({
  success: z.boolean(),
  delivery_id: z.string(),
  event_id: z.string(),
  event_name: z.enum(eventNames),
  status: z.int().nullable(),
  duration_ms: z.number(),
  response_body: z.string().nullable(),
  error: z.string().nullable(),
  error_class: z.enum(errorClasses).nullable(),
});

const tag = 'Webhooks';
const path = '/api/v1/webhooks';

export const webhookOperations: readonly Operation[] = [
  {
    id: 'listWebhooks',
    tag,
    summary: 'Lists webhooks',
    method: 'GET',
    path,
    scope: 'read',
    query: pageQuerySchema,
    answers: { 200: webhooksAnswerSchema },
  },
  {
    id: 'createWebhook',
    tag,
    summary: 'Creates a webhook',
    description: 'The answer shows the signing secret, this once.',
    method: 'POST',
    path,
    scope: 'manage',
    body: { json: createWebhookSchema },
    answers: { 201: webhookAnswerSchema },
  },
  {
    id: 'getWebhook',
    tag,
    summary: 'Shows a webhook',
    method: 'GET',
    path: `${path}/{id}`,
    scope: 'read',
    answers: { 200: webhookAnswerSchema },
  },
  {
    id: 'updateWebhook',
    tag,
    summary: 'Changes the fields of a webhook that the body names',
    method: 'PUT',
    path: `${path}/{id}`,
    scope: 'manage',
    body: { json: updateWebhookSchema },
    answers: { 200: webhookAnswerSchema },
  },
  {
    id: 'deleteWebhook',
    tag,
    summary: 'Deletes a webhook',
    method: 'DELETE',
    path: `${path}/{id}`,
    scope: 'manage',
    answers: { 204: 'none' },
  },
  {
    id: 'testWebhook',
    tag,
    summary: 'Sends the sample of its event now, once, and tells what the receiver answered',
    method: 'POST',
    path: `${path}/{id}/test`,
    scope: 'manage',
    answers: { 200: webhookTestedSchema },
  },
  {
    id: 'enableWebhook',
    tag,
    summary: 'Enables a webhook as good as new',
    description:
      'With `replay`, what was parked meanwhile is sent, as a job: 202. With `dry_run` besides, it is only counted.',
    method: 'POST',
    path: `${path}/{id}/enable`,
    scope: 'manage',
    body: { json: enableFieldsSchema, optional: true },
    answers: {
      200: z.union([z.object({ webhook: webhookAnswerSchema, job: z.null() }), replayCountSchema]),
      202: z.object({ webhook: webhookAnswerSchema, job: jobAnswerSchema }),
    },
  },
  {
    id: 'rotateSecret',
    tag,
    summary: 'Makes new signing keys; the old ones sign on for a while',
    description: 'The answer shows the new secret, this once.',
    method: 'POST',
    path: `${path}/{id}/rotate-secret`,
    scope: 'manage',
    body: { json: rotateSecretSchema, optional: true },
    answers: { 200: webhookAnswerSchema },
  },
];
