import * as z from 'zod';
import { ApiError } from './api-error.ts';
import { eventNames } from './catalog.ts';
import { consecutiveFailuresMax } from './limits.ts';
import type { WebhookId } from './ids.ts';

export const subscriptionSchema = z.array(z.enum([...eventNames, '*'])).min(1);
const webhookIdSchema = z.custom<WebhookId>((id) => typeof id === 'string' && id.startsWith('wh_'));

/** A webhook as it is stored: the fields of its owner, and what its deliveries came to. */
export const webhookSchema = z.object({
  id: webhookIdSchema,
  tenant: z.string(),
  name: z.string(),
  event_names: subscriptionSchema,
  url: z.string(),
  /** The signing secret, encrypted under the KMS key and bound to this id. */
  sealed_secret: z.string(),
  retry_count: z.int(),
  timeout_seconds: z.int(),
  enabled: z.boolean(),
  /** Why the system disabled it; absent while it is enabled or when its owner did. */
  disabled_reason: z.string().optional(),
  consecutive_failures: z.int(),
  trigger_count: z.int(),
  last_status_code: z.int().optional(),
  last_error: z.string().optional(),
  last_triggered_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Webhook = z.infer<typeof webhookSchema>;

/** Shown in place of a secret after creation; sending it back changes nothing. */
export const secretMask = '********';

/** A webhook as the API answers it: `secret` is the mask unless this answer is the one that shows it. */
export function viewWebhook(webhook: Webhook, secret: string = secretMask) {
  const { tenant: _tenant, sealed_secret: _sealed, ...shown } = webhook;
  return {
    ...shown,
    event_name: webhook.event_names.length === 1 ? webhook.event_names[0] : null,
    secret,
    disabled_reason: webhook.disabled_reason ?? null,
    last_status_code: webhook.last_status_code ?? null,
    last_error: webhook.last_error ?? null,
    last_triggered_at: webhook.last_triggered_at ?? null,
  };
}

export const webhookIsMissing = (id: string): ApiError =>
  new ApiError('not_found', `There is no webhook "${id}". GET /api/v1/webhooks lists those that exist.`);

/** How the finished deliveries of one batch change a webhook's counters. */
export interface DeliveryTally {
  readonly finished: number;
  /** Failures after the last success of the batch, or all of them when none succeeded. */
  readonly trailingFailures: number;
  readonly anySuccess: boolean;
  readonly last: {
    readonly statusCode: number | undefined;
    readonly error: string | undefined;
    readonly at: string;
  };
}

/** One finished delivery, as the counters see it. */
export interface FinishedDelivery {
  readonly success: boolean;
  readonly statusCode: number | undefined;
  readonly error: string | undefined;
  /** When it finished, ISO 8601. */
  readonly at: string;
}

/** Adds up finished deliveries of one webhook, so that a batch costs one write. Undefined when there are none. */
export function tallyDeliveries(deliveries: readonly FinishedDelivery[]): DeliveryTally | undefined {
  const ordered = deliveries.toSorted((a, b) => a.at.localeCompare(b.at));
  const last = ordered.at(-1);
  if (last === undefined) return undefined;
  const lastSuccess = ordered.findLastIndex((delivery) => delivery.success);
  return {
    finished: ordered.length,
    trailingFailures: ordered.length - 1 - lastSuccess,
    anySuccess: lastSuccess >= 0,
    last: { statusCode: last.statusCode, error: last.error, at: last.at },
  };
}

/** Joins the tallies of two batches of one webhook, the earlier first. */
export function mergeTallies(earlier: DeliveryTally, later: DeliveryTally): DeliveryTally {
  return {
    finished: earlier.finished + later.finished,
    trailingFailures: later.trailingFailures + (later.anySuccess ? 0 : earlier.trailingFailures),
    anySuccess: earlier.anySuccess || later.anySuccess,
    last: later.last.at >= earlier.last.at ? later.last : earlier.last,
  };
}

/** Whether a webhook has failed so often in a row that it is to be disabled. */
export const shouldDisable = (consecutiveFailures: number): boolean =>
  consecutiveFailures >= consecutiveFailuresMax;

export const disabledReason = (consecutiveFailures: number): string =>
  `Disabled after ${consecutiveFailures} consecutive failed deliveries; PUT {"enabled": true} to enable it again.`;
