import * as z from 'zod';
import { isEventName, isMetaEvent, publishableEventNames } from './catalog.ts';
import { coalesceFieldSchema } from './coalesce.ts';
import { filterSchema } from './filter-fields.ts';
import {
  consecutiveFailuresLimit,
  maxInFlightMax,
  rateLimitMax,
  webhookRetryCountDefault,
  webhookRetryCountMax,
  webhookTimeoutSecondsDefault,
  webhookTimeoutSecondsMax,
} from './limits.ts';
import { retryScheduleSchema } from './retry-schedule.ts';
import { findSecretProblem } from './signature.ts';
import { headersSchema } from './webhook-headers.ts';
import { graceSecondsDefault, graceSecondsMax, signatureSchemes } from './webhook-keys.ts';

const knownNames = publishableEventNames.join(', ');

/** One name that may be subscribed to: a catalog event or `*`. */
const subscribedNameSchema = z.string().superRefine((name, context) => {
  if (name === '*') return;
  if (!isEventName(name)) {
    context.addIssue({
      code: 'custom',
      message: `"${name}" is no catalog event; known: ${knownNames}, or * for all`,
    });
  } else if (isMetaEvent(name)) {
    context.addIssue({
      code: 'custom',
      message: `"${name}" reaches live viewers only and cannot be subscribed to`,
    });
  }
});

/** The two ways of the API to say what an endpoint subscribes to. */
export const subscriptionFields = {
  event_name: subscribedNameSchema.nullable().optional(),
  event_names: z.array(subscribedNameSchema).min(1).max(publishableEventNames.length).optional(),
};

/** The names that a request subscribes to, or undefined when it says nothing of them. */
export function readSubscription(fields: {
  event_name?: string | null | undefined;
  event_names?: string[] | undefined;
}): string[] | undefined {
  const name = fields.event_name ?? undefined;
  const names = fields.event_names ?? (name === undefined ? undefined : [name]);
  if (names === undefined) return undefined;
  return names.includes('*') ? ['*'] : [...new Set(names)];
}

/** Says when a request gives both forms and they differ: one would silently win. */
export const subscriptionsAgree = (fields: {
  event_name?: string | null | undefined;
  event_names?: string[] | undefined;
}): boolean =>
  !fields.event_name ||
  fields.event_names === undefined ||
  (fields.event_names.length === 1 && fields.event_names[0] === fields.event_name);

export const nameFieldSchema = z.string().trim().min(1).max(200);

const urlSchema = z
  .string()
  .max(2048)
  .superRefine((text, context) => {
    const url = URL.parse(text);
    const problem =
      url === null
        ? 'is not a URL; write it whole, such as https://example.com/hook'
        : url.protocol !== 'http:' && url.protocol !== 'https:'
          ? `must be an http or https URL, not ${url.protocol}`
          : url.username !== '' || url.password !== ''
            ? 'must not hold a user name or password; receivers verify the signature instead'
            : undefined;
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const secretSchema = z
  .string()
  .min(8)
  .max(256)
  .superRefine((secret, context) => {
    const problem = findSecretProblem(secret);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const schemeSchema = z.enum(signatureSchemes);
const schemesSchema = z
  .array(schemeSchema)
  .min(1)
  .transform((given) => signatureSchemes.filter((scheme) => given.includes(scheme)));

const writable = {
  name: nameFieldSchema,
  ...subscriptionFields,
  filter: filterSchema.nullable().optional(),
  url: urlSchema,
  secret: secretSchema.nullable().optional(),
  signature_schemes: schemesSchema.optional(),
  headers: headersSchema.nullable().optional(),
  retry_count: z.int().min(0).max(webhookRetryCountMax),
  retry_schedule: retryScheduleSchema.optional(),
  failure_threshold: z.int().min(1).max(consecutiveFailuresLimit).optional(),
  rate_limit: z.int().min(1).max(rateLimitMax).nullable().optional(),
  max_in_flight: z.int().min(1).max(maxInFlightMax).nullable().optional(),
  coalesce: coalesceFieldSchema.nullable().optional(),
  timeout_seconds: z.int().min(1).max(webhookTimeoutSecondsMax),
  enabled: z.boolean(),
};

const ignored = z.unknown().optional();
/** What the API answers and a client may send back untouched. */
const readOnly = {
  id: ignored,
  public_key: ignored,
  secret_rotation: ignored,
  consecutive_failures: ignored,
  last_status_code: ignored,
  last_error: ignored,
  last_triggered_at: ignored,
  trigger_count: ignored,
  disabled_reason: ignored,
  warning: ignored,
  circuit: ignored,
  created_at: ignored,
  updated_at: ignored,
};

export const bothForms = { path: ['event_names'], message: 'differs from event_name: give one of the two' };

/** `POST /api/v1/webhooks` */
export const createWebhookSchema = z
  .strictObject({
    ...writable,
    retry_count: writable.retry_count.default(webhookRetryCountDefault),
    timeout_seconds: writable.timeout_seconds.default(webhookTimeoutSecondsDefault),
    enabled: writable.enabled.default(true),
  })
  .refine(subscriptionsAgree, bothForms)
  .refine((fields) => readSubscription(fields) !== undefined, {
    path: ['event_name'],
    message: `is missing: give a catalog event (${knownNames}) or * for all`,
  });

/** `PUT /api/v1/webhooks/{id}`: what is left out stays as it is; read-only fields may come back and are ignored. */
export const updateWebhookSchema = z
  .strictObject({ ...z.object(writable).partial().shape, ...readOnly })
  .refine(subscriptionsAgree, bothForms);
export type UpdateWebhook = z.infer<typeof updateWebhookSchema>;

/** `POST /api/v1/webhooks/{id}/rotate-secret` */
export const rotateSecretSchema = z.strictObject({
  /** The new shared secret; one is made when it is left out. */
  secret: secretSchema.nullable().optional(),
  /** Whose key is rotated: every scheme's that the webhook signs by when it is left out. */
  scheme: schemeSchema.optional(),
  /** How long the old key signs on. */
  grace_seconds: z.int().min(0).max(graceSecondsMax).default(graceSecondsDefault),
});
export type RotateSecret = z.infer<typeof rotateSecretSchema>;
