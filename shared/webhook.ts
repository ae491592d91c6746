import * as z from 'zod';
import type { ApiError } from './api-error.ts';
import { eventNames } from './catalog.ts';
import { circuitSchema } from './circuit.ts';
import { coalesceSchema } from './coalesce.ts';
import { endpointIsMissing } from './endpoint.ts';
import { viewFilter } from './filter-fields.ts';
import { consecutiveFailuresMax } from './limits.ts';
import { retryScheduleSchema } from './retry-schedule.ts';
import type { WebhookId } from './ids.ts';
import { keyFields, schemesOf, viewRotation } from './webhook-keys.ts';

export const subscriptionSchema = z.array(z.enum([...eventNames, '*'])).min(1);
const webhookIdSchema = z.custom<WebhookId>((id) => typeof id === 'string' && id.startsWith('wh_'));

/** A webhook as it is stored: the fields of its owner, and what its deliveries came to. */
export const webhookSchema = z.object({
  id: webhookIdSchema,
  tenant: z.string(),
  name: z.string(),
  event_names: subscriptionSchema,
  /** An event pattern as JSON text. */
  filter: z.string().optional(),
  url: z.string(),
  ...keyFields,
  /** The names of its own headers; their values are sealed, all as one text. */
  header_names: z.array(z.string()).optional(),
  sealed_headers: z.string().optional(),
  retry_count: z.int(),
  retry_schedule: retryScheduleSchema.optional(),
  /** Failed deliveries in a row that disable it. */
  failure_threshold: z.int().optional(),
  /** Deliveries a second at most. */
  rate_limit: z.int().optional(),
  /** Deliveries at a time at most. */
  max_in_flight: z.int().optional(),
  coalesce: coalesceSchema.optional(),
  timeout_seconds: z.int(),
  enabled: z.boolean(),
  /** Why the system disabled it; absent while it is enabled or when its owner did. */
  disabled_reason: z.string().optional(),
  consecutive_failures: z.int(),
  trigger_count: z.int(),
  last_status_code: z.int().optional(),
  last_error: z.string().optional(),
  /** Attempts in a row that failed. */
  failed_attempts: z.int().optional(),
  /** Epoch milliseconds when the first of them was written down. */
  failing_since: z.number().optional(),
  /** Present while it is left alone. */
  circuit: circuitSchema.optional(),
  /** Epoch milliseconds until which it works off at a bounded rate what waited. */
  drain_until: z.number().optional(),
  /** Epoch milliseconds until which its answers count as slow. */
  late_until: z.number().optional(),
  last_triggered_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Webhook = z.infer<typeof webhookSchema>;

/** Shown in place of a secret after creation; sending it back changes nothing. */
export const secretMask = '********';

/** A webhook as the API answers it at `nowMs`: `secret` is the mask unless this answer is the one that shows it. */
export function viewWebhook(webhook: Webhook, nowMs: number, secret: string = secretMask) {
  const {
    tenant: _tenant,
    sealed_secret: _secret,
    retiring_secrets: _secrets,
    sealed_private_key: _privateKey,
    retiring_private_keys: _privateKeys,
    sealed_headers: _headers,
    failed_attempts: _failedAttempts,
    failing_since: _failingSince,
    circuit,
    drain_until: _drainUntil,
    late_until: _lateUntil,
    header_names: names = [],
    ...shown
  } = webhook;
  return {
    ...shown,
    event_name: webhook.event_names.length === 1 ? webhook.event_names[0] : null,
    filter: viewFilter(webhook.filter),
    secret,
    signature_schemes: schemesOf(webhook),
    public_key: webhook.public_key ?? null,
    secret_rotation: viewRotation(webhook, nowMs),
    headers: Object.fromEntries(names.map((name) => [name, secretMask])),
    retry_schedule: webhook.retry_schedule ?? 'exponential',
    failure_threshold: thresholdOf(webhook),
    rate_limit: webhook.rate_limit ?? null,
    max_in_flight: webhook.max_in_flight ?? null,
    coalesce: webhook.coalesce ?? null,
    circuit:
      circuit === undefined ? null : { reason: circuit.reason, until: new Date(circuit.until).toISOString() },
    warning: warningOf(webhook),
    disabled_reason: webhook.disabled_reason ?? null,
    last_status_code: webhook.last_status_code ?? null,
    last_error: webhook.last_error ?? null,
    last_triggered_at: webhook.last_triggered_at ?? null,
  };
}

export const webhookIsMissing = (id: string): ApiError => endpointIsMissing('webhook', id);

/** How the attempts of one batch change a webhook's counters. */
export interface DeliveryTally {
  /** Deliveries that came to an end. */
  readonly finished: number;
  /** Failed deliveries after the last that succeeded, or all that failed when none did. */
  readonly trailingFailures: number;
  readonly anySuccess: boolean;
  /** Failed attempts after the last that succeeded, whether they are tried again or not. */
  readonly failedAttempts: number;
  /** What the last attempt came to. */
  readonly last: {
    readonly statusCode: number | undefined;
    readonly error: string | undefined;
    readonly at: string;
  };
}

/** One attempt, as the counters see it. */
export interface MadeAttempt {
  readonly success: boolean;
  /** Whether its delivery came to an end by it. */
  readonly final: boolean;
  readonly statusCode: number | undefined;
  readonly error: string | undefined;
  /** When it ended, ISO 8601. */
  readonly at: string;
}

/** Adds up attempts at one webhook, so that a batch costs one write. Undefined when there are none. */
export function tallyAttempts(attempts: readonly MadeAttempt[]): DeliveryTally | undefined {
  const ordered = attempts.toSorted((a, b) => a.at.localeCompare(b.at));
  const last = ordered.at(-1);
  if (last === undefined) return undefined;
  const trailing = ordered.slice(ordered.findLastIndex((attempt) => attempt.success) + 1);
  return {
    finished: ordered.filter(({ final }) => final).length,
    trailingFailures: trailing.filter(({ final }) => final).length,
    anySuccess: trailing.length < ordered.length,
    failedAttempts: trailing.length,
    last: { statusCode: last.statusCode, error: last.error, at: last.at },
  };
}

/** Joins the tallies of two batches of one webhook, the earlier first. */
export function mergeTallies(earlier: DeliveryTally, later: DeliveryTally): DeliveryTally {
  return {
    finished: earlier.finished + later.finished,
    trailingFailures: later.trailingFailures + (later.anySuccess ? 0 : earlier.trailingFailures),
    anySuccess: earlier.anySuccess || later.anySuccess,
    failedAttempts: later.failedAttempts + (later.anySuccess ? 0 : earlier.failedAttempts),
    last: later.last.at >= earlier.last.at ? later.last : earlier.last,
  };
}

/** Failed deliveries in a row that disable a webhook. */
export const thresholdOf = (webhook: Pick<Webhook, 'failure_threshold'>): number =>
  webhook.failure_threshold ?? consecutiveFailuresMax;

/** Whether a webhook has failed so often in a row that it is to be disabled. */
export const shouldDisable = (webhook: Webhook): boolean =>
  webhook.consecutive_failures >= thresholdOf(webhook);

/** Says, from half of the threshold on, that a webhook is about to be disabled; null before and after. */
export function warningOf(webhook: Webhook): string | null {
  const [failures, threshold] = [webhook.consecutive_failures, thresholdOf(webhook)];
  if (!webhook.enabled || failures === 0 || failures * 2 < threshold) return null;
  return `${failures} consecutive deliveries failed; at ${threshold} it will be disabled. Last error: ${webhook.last_error ?? 'none'}`;
}

export const disabledReason = (webhook: Webhook): string =>
  `Disabled after ${webhook.consecutive_failures} consecutive failed deliveries (last error: ${webhook.last_error ?? 'none'}). Mend the receiver, then POST /api/v1/webhooks/${webhook.id}/enable; {"replay": true} sends what was parked meanwhile.`;
