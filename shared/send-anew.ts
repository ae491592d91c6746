import type { Delivery } from './delivery.ts';
import { kindOf } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import type { CatalogEvent } from './event.ts';
import { SendAnewError } from './send-anew-error.ts';
import type { Channels } from './send-channel.ts';

/** A delivery or run that is to be sent in a round of its own. */
export interface Sending {
  readonly delivery: Delivery;
  readonly event: CatalogEvent;
  readonly round: number;
  /** Epoch milliseconds. */
  readonly dueMs: number;
}

/**
 * Sends deliveries of an endpoint anew, whatever came of them before. Of none it only sees that what is queued is taken:
 * who queued it may have died before that. Throws `SendAnewError`; what was queued is on its way.
 */
export type SendAnew = (
  endpoint: Pick<Endpoint, 'tenant' | 'id'>,
  sendings: readonly Sending[],
) => Promise<void>;

interface Dependencies {
  readonly channels: Channels;
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

/**
 * Makes a `SendAnew`. A message is queued before its row is written: who dies in between leaves a delivery that is sent,
 * and its row is written then; the other way round a row would wait for ever. Who takes it takes a message of a later
 * round than its row's, and drops what comes twice.
 */
export function createSendAnew({ channels, advanceDeliveries, now }: Dependencies): SendAnew {
  return async ({ tenant, id }, sendings) => {
    const channel = channels[kindOf(id)];
    if (sendings.length === 0) {
      await channel.wake();
      return;
    }
    const writeMessage = await channel.openWriter(tenant);
    const nowMs = now();
    const messages = sendings.map((sending) => {
      const delivery = showRound(sending, nowMs);
      const seconds = Math.max(0, Math.ceil((sending.dueMs - nowMs) / 1000));
      return {
        delivery,
        body: writeMessage(delivery, sending.event),
        groupId: id,
        delaySeconds: Math.min(seconds, channel.delaySecondsMax),
      };
    });
    const unqueued = new Set((await channel.queue(messages)).map(({ delivery }) => delivery));
    const queued = messages.flatMap(({ delivery }) => (unqueued.has(delivery) ? [] : delivery));
    await advanceDeliveries(queued);
    if (queued.length > 0) await channel.wake();
    if (unqueued.size > 0) {
      throw new SendAnewError('queue', `SQS did not take ${unqueued.size} of ${messages.length} deliveries`);
    }
  };
}
