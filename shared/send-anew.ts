import type { Audience } from './audience.ts';
import { carriedFields } from './delivery.ts';
import type { Delivery, WebhookMessage } from './delivery.ts';
import type { CatalogEvent } from './event.ts';
import { isWebhookId } from './ids.ts';
import { queueDelaySecondsMax } from './limits.ts';

/** A webhook's delivery that is to be sent in a round of its own. */
export interface Sending {
  readonly delivery: Delivery;
  readonly event: CatalogEvent;
  readonly round: number;
  /** Epoch milliseconds. */
  readonly dueMs: number;
}

/** Sends deliveries anew, whatever came of them before. Throws when some are not queued; the others are on their way. */
export type SendAnew = (tenant: string, sendings: readonly Sending[]) => Promise<void>;

interface Dependencies {
  /** Who listens now: the audience in a stored event would let a sender use a webhook that it remembers. */
  readonly findAudience: (tenant: string) => Promise<Audience>;
  /** Answers the messages that could not be queued. */
  readonly queueDeliveries: <
    Message extends { readonly body: string; readonly groupId: string; readonly delaySeconds: number },
  >(
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  /** For rows that a sender may have written meanwhile. */
  readonly advanceDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly now: () => number;
}

/** Attempts of earlier rounds that are kept: with 4 KB of answer each, a row of many rounds would grow beyond 400 KB. */
export const earlierAttemptsMax = 30;

export const roundAfter = (delivery: Pick<Delivery, 'round'>): number => (delivery.round ?? 0) + 1;

/** A delivery at the start of a new round. */
export function showRound({ delivery, round, dueMs }: Omit<Sending, 'event'>, nowMs: number): Delivery {
  const { reason: _reason, ...kept } = delivery;
  return {
    ...kept,
    state: 'retrying',
    round,
    attempts: delivery.attempts.slice(-earlierAttemptsMax),
    retrying_until: new Date(dueMs).toISOString(),
    updated_at: new Date(nowMs).toISOString(),
  };
}

function toMessage({ endpoint_id: id, ...delivery }: Delivery, event: CatalogEvent): WebhookMessage {
  if (!isWebhookId(id)) throw new Error(`${delivery.id} is no delivery of a webhook`);
  const { attempts } = delivery;
  return {
    event,
    webhook_id: id,
    attempts,
    attempts_before: attempts.length,
    ...carriedFields(delivery),
  };
}

/**
 * Makes a `SendAnew`. A message is queued before its row is written: who dies in between leaves a delivery that is sent,
 * and its row is written then; the other way round a row would wait for ever. The sender takes a message of a later round
 * than its row's, and drops what comes twice.
 */
export function createSendAnew({
  findAudience,
  queueDeliveries,
  advanceDeliveries,
  now,
}: Dependencies): SendAnew {
  return async (tenant, sendings) => {
    if (sendings.length === 0) return;
    const audience = await findAudience(tenant);
    const nowMs = now();
    const messages = sendings.map((sending) => {
      const delivery = showRound(sending, nowMs);
      const message = toMessage(delivery, { ...sending.event, audience });
      const seconds = Math.max(0, Math.ceil((sending.dueMs - nowMs) / 1000));
      return {
        delivery,
        body: JSON.stringify(message),
        groupId: message.webhook_id,
        delaySeconds: Math.min(seconds, queueDelaySecondsMax),
      };
    });
    const unqueued = new Set((await queueDeliveries(messages)).map(({ delivery }) => delivery));
    const queued = messages.flatMap(({ delivery }) => (unqueued.has(delivery) ? [] : delivery));
    await advanceDeliveries(queued);
    if (unqueued.size > 0) {
      throw new Error(`SQS did not take ${unqueued.size} of ${messages.length} deliveries`);
    }
  };
}
