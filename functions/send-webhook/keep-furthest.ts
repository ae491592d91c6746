import { createDeliveryId, isOvertaken } from '../../shared/delivery.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import type { Received } from '../../shared/runtime/queue.ts';

/**
 * Of messages about one delivery the one that is furthest on: SQS delivers some twice, a fan-out that was cut off
 * queues some again, and within a batch the ledger cannot tell of one to the other.
 */
export function keepFurthest(messages: readonly Received<WebhookMessage>[]) {
  const kept = new Map<string, Received<WebhookMessage>>();
  for (const message of messages) {
    const { event, webhook_id: id } = message.body;
    const key = `${event.tenant} ${createDeliveryId(event, id)}`;
    const other = kept.get(key);
    if (other === undefined || isOvertaken(other.body, { ...message.body, state: 'retrying' })) {
      kept.set(key, message);
    }
  }
  return new Set(kept.values());
}
