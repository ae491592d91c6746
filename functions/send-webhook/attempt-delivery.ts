import { toAttempt } from '../../shared/attempt.ts';
import type { OpenSigning } from '../../shared/aws/open-signing.ts';
import { carriedFields, createDelivery } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { PostSigned } from '../../shared/egress/post-signed.ts';
import { renderBody } from '../../shared/event.ts';
import { decideOutcome } from '../../shared/retry.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';

/** What an attempt came to. */
export interface AttemptedDelivery {
  /** The new state of its ledger row. */
  readonly delivery: Delivery;
  readonly result: AttemptResult;
  /** The message that carries on, and when it is due, epoch milliseconds. */
  readonly next?: { readonly message: WebhookMessage; readonly dueMs: number };
}

export interface AttemptDependencies {
  readonly openSigning: OpenSigning;
  readonly post: PostSigned;
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Makes the one attempt that a message asks for, and decides what follows. Writes nothing. */
export async function attemptDelivery(
  message: WebhookMessage,
  webhook: Webhook,
  { openSigning, post, now, random }: AttemptDependencies,
): Promise<AttemptedDelivery> {
  const { event, attempts } = message;
  const sent = message.sent ?? event;
  const startedAt = now();
  const result = await post({
    url: webhook.url,
    signing: await openSigning(webhook),
    id: event.id,
    eventName: sent.event_name,
    body: renderBody(sent),
    timeoutSeconds: webhook.timeout_seconds,
  });
  const made = [...attempts, toAttempt(result, startedAt)];
  const outcome = decideOutcome(result, {
    retriesMade: attempts.length - (message.attempts_before ?? 0),
    retrying: webhook,
    nowMs: now(),
    random: random(),
  });
  if (outcome.state !== 'retrying') {
    const fields = { state: outcome.state, attempts: made, ...carriedFields(message) };
    return { result, delivery: createDelivery(event, webhook, fields, now()) };
  }
  const dueMs = now() + outcome.delaySeconds * 1000;
  const { has_slot: _slot, waits: _waits, not_before: _before, ...carriedOn } = message;
  return {
    result,
    delivery: createDelivery(
      event,
      webhook,
      {
        state: 'retrying',
        attempts: made,
        retrying_until: new Date(dueMs).toISOString(),
        ...carriedFields(message),
      },
      now(),
    ),
    next: { message: { ...carriedOn, attempts: made }, dueMs },
  };
}
