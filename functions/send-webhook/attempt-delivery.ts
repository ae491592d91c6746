import { createDelivery } from '../../shared/delivery.ts';
import type { Attempt, Delivery, WebhookMessage } from '../../shared/delivery.ts';
import { renderBody } from '../../shared/event.ts';
import type { WebhookId } from '../../shared/ids.ts';
import type { PostSigned } from '../../shared/egress/post-signed.ts';
import { queueDelaySecondsMax } from '../../shared/limits.ts';
import { toAttempt } from '../../shared/attempt.ts';
import { decideOutcome } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';

/** What is to be written after a message was worked on. */
export interface AttemptedDelivery {
  /** The new state of its ledger row; undefined when nothing was tried. */
  readonly delivery?: Delivery;
  /** The attempt that was made. */
  readonly attempt?: Attempt;
  /** The message that carries on, and how long it waits. */
  readonly next?: { readonly message: WebhookMessage; readonly delaySeconds: number };
}

export interface AttemptDependencies {
  /** May be some seconds old. */
  readonly findWebhook: (tenant: string, id: WebhookId) => Promise<Webhook | undefined>;
  readonly openSecret: (id: WebhookId, sealed: string) => Promise<string>;
  readonly post: PostSigned;
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** A queue delays by at most 900 s: a longer wait is taken in hops. */
const hopSeconds = (waitMs: number): number => Math.min(Math.ceil(waitMs / 1000), queueDelaySecondsMax);

/** Makes the one attempt that a message asks for, and decides what follows. Writes nothing. */
export async function attemptDelivery(
  message: WebhookMessage,
  { findWebhook, openSecret, post, now, random }: AttemptDependencies,
): Promise<AttemptedDelivery> {
  const { event, webhook_id: id, attempts } = message;
  const waitMs = (message.not_before ?? 0) - now();
  if (waitMs > 0) return { next: { message, delaySeconds: hopSeconds(waitMs) } };

  const webhook = await findWebhook(event.tenant, id);
  const close = (state: 'filtered' | 'parked', reason: string): AttemptedDelivery => ({
    delivery: createDelivery(event, { id, name: webhook?.name ?? '' }, { state, attempts, reason }, now()),
  });
  if (webhook === undefined) return close('filtered', 'the webhook was deleted');
  if (!webhook.enabled) return close('parked', 'the webhook is disabled');

  const startedAt = now();
  const result = await post({
    url: webhook.url,
    secret: await openSecret(id, webhook.sealed_secret),
    id: event.id,
    eventName: event.event_name,
    body: renderBody(event),
    timeoutSeconds: webhook.timeout_seconds,
  });
  const attempt = toAttempt(result, startedAt);
  const made = [...attempts, attempt];
  const outcome = decideOutcome(result, {
    retriesMade: attempts.length,
    retryCount: webhook.retry_count,
    nowMs: now(),
    random: random(),
  });
  if (outcome.state !== 'retrying') {
    return {
      attempt,
      delivery: createDelivery(event, webhook, { state: outcome.state, attempts: made }, now()),
    };
  }
  const dueMs = now() + outcome.delaySeconds * 1000;
  return {
    attempt,
    delivery: createDelivery(
      event,
      webhook,
      { state: 'retrying', attempts: made, retrying_until: new Date(dueMs).toISOString() },
      now(),
    ),
    next: {
      message: {
        ...message,
        attempts: made,
        ...(outcome.delaySeconds > queueDelaySecondsMax ? { not_before: dueMs } : {}),
      },
      delaySeconds: hopSeconds(outcome.delaySeconds * 1000),
    },
  };
}
