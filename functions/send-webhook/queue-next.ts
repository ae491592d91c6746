import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import { queueDelaySecondsMax } from '../../shared/limits.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Lane } from './admit-delivery.ts';
import type { Step } from './step.ts';

export interface QueueNextDependencies {
  /** Answers the messages that could not be queued. */
  readonly queueDeliveries: <Message extends QueueMessage>(
    lane: Lane,
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  readonly now: () => number;
  readonly log: Log;
}

/** Makes what queues the messages that carry on; it answers the ids of those whose next could not be queued. */
export function createQueueNext({ queueDeliveries, now, log }: QueueNextDependencies) {
  return async (steps: readonly Step[]): Promise<ReadonlySet<string>> => {
    const unqueued = new Set<string>();
    const byLane = Map.groupBy(
      steps.flatMap(({ messageId, next }) => (next === undefined ? [] : { messageId, ...next })),
      ({ lane }) => lane,
    );
    await Promise.all(
      Array.from(byLane, async ([lane, messages]) => {
        const sent = messages.map(({ messageId, message, dueMs }) => ({
          messageId,
          ...toQueueMessage(message, dueMs, now()),
        }));
        try {
          const rest = await queueDeliveries(lane, sent);
          if (rest.length > 0) log.error('deliveries not queued', { failed: rest.length });
          for (const { messageId } of rest) unqueued.add(messageId);
        } catch (error) {
          // These come back; those of the batch that are finished must not, or they would be sent again.
          log.error('deliveries not queued', { failed: sent.length, error });
          for (const { messageId } of sent) unqueued.add(messageId);
        }
      }),
    );
    return unqueued;
  };
}

/** A queue delays by at most 900 s: a longer wait is taken in hops. */
function toQueueMessage(message: WebhookMessage, dueMs: number, nowMs: number): QueueMessage {
  const seconds = Math.max(0, Math.ceil((dueMs - nowMs) / 1000));
  const { not_before: _before, ...fields } = message;
  return {
    body: JSON.stringify(seconds > queueDelaySecondsMax ? { ...fields, not_before: dueMs } : fields),
    groupId: message.webhook_id,
    delaySeconds: Math.min(seconds, queueDelaySecondsMax),
  };
}
