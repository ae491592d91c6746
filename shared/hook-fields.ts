import * as z from 'zod';
import { publishableEventNames } from './catalog.ts';
import { filterSchema } from './filter-fields.ts';
import { scriptNameSchema, scriptSha256Schema } from './hook.ts';
import {
  consecutiveFailuresLimit,
  hookRetryCountMax,
  hookTestWaitSecondsMax,
  hookTimeoutSecondsDefault,
  hookTimeoutSecondsMax,
} from './limits.ts';
import { retryScheduleSchema } from './retry-schedule.ts';
import {
  bothForms,
  nameFieldSchema,
  readSubscription,
  subscriptionFields,
  subscriptionsAgree,
} from './webhook-fields.ts';

const writable = {
  name: nameFieldSchema,
  ...subscriptionFields,
  filter: filterSchema.nullable().optional(),
  script: scriptNameSchema,
  script_sha256: scriptSha256Schema.optional(),
  timeout_seconds: z.int().min(1).max(hookTimeoutSecondsMax),
  retry_count: z.int().min(0).max(hookRetryCountMax).optional(),
  retry_schedule: retryScheduleSchema.optional(),
  failure_threshold: z.int().min(1).max(consecutiveFailuresLimit).optional(),
  enabled: z.boolean(),
};

const ignored = z.unknown().optional();
const readOnly = {
  id: ignored,
  consecutive_failures: ignored,
  disabled_reason: ignored,
  warning: ignored,
  trigger_count: ignored,
  last_status: ignored,
  last_triggered_at: ignored,
  created_at: ignored,
  updated_at: ignored,
};

/** `POST /api/v1/hooks` */
export const createHookSchema = z
  .strictObject({
    ...writable,
    timeout_seconds: writable.timeout_seconds.default(hookTimeoutSecondsDefault),
    enabled: writable.enabled.default(true),
  })
  .refine(subscriptionsAgree, bothForms)
  .refine((fields) => readSubscription(fields) !== undefined, {
    path: ['event_name'],
    message: `is missing: give a catalog event (${publishableEventNames.join(', ')}) or * for all`,
  });

/**
 * `PUT /api/v1/hooks/{id}`: what is left out stays; naming the script alone moves the hook to its current content, and
 * `script_sha256` to that version.
 */
export const updateHookSchema = z
  .strictObject({ ...z.object(writable).partial().shape, ...readOnly })
  .refine(subscriptionsAgree, bothForms);
export type UpdateHook = z.infer<typeof updateHookSchema>;

const testedNameSchema = z.enum(publishableEventNames, {
  error: ({ input }) =>
    `"${String(input)}" is no event that hooks get; known: ${publishableEventNames.join(', ')}`,
});

/** `POST /api/v1/hooks/{id}/test`: the hook's first event and its sample unless told. */
export const testHookSchema = z.strictObject({
  event_name: testedNameSchema.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  /** How long the request waits for the run to end. */
  wait_seconds: z.int().min(0).max(hookTestWaitSecondsMax).optional(),
});

/** `GET /api/v1/scripts/{name}`: the current content unless told. */
export const scriptQuerySchema = z.strictObject({ version: scriptSha256Schema.optional() });
