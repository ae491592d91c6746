import * as z from 'zod';
import type { DigestTable } from '../../shared/aws/digest-table.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import { flushMessageSchema } from '../../shared/digest.ts';
import type { FlushMessage } from '../../shared/digest.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { Lane } from './admit-delivery.ts';

/** A message of the delivery queues: an event for a webhook, or a digest that is due. */
export const deliveryMessageSchema = z.union([webhookMessageSchema, flushMessageSchema]);
export type DeliveryMessage = z.output<typeof deliveryMessageSchema>;

interface Dependencies {
  readonly gatherDigest: (message: FlushMessage) => Promise<WebhookMessage | undefined>;
  readonly readSent: DigestTable['readSent'];
  /** Sends deliveries, and answers the ids of those that must come again. */
  readonly send: (messages: readonly Received<WebhookMessage>[], lane: Lane) => Promise<readonly string[]>;
  readonly log: Log;
}

const isReady = (message: Received<DeliveryMessage>): message is Received<WebhookMessage> =>
  'event' in message.body && (message.body.digest === undefined || message.body.sent !== undefined);

/**
 * Sends the deliveries of a batch, and its digests as soon as they are gathered: those of many events take their time
 * and hold up no other. A digest that cannot be gathered brings back its message alone.
 */
export function createOpenDigests({ gatherDigest, readSent, send, log }: Dependencies) {
  const open = async (body: DeliveryMessage): Promise<WebhookMessage | undefined> => {
    if ('flush' in body) return gatherDigest(body);
    const { event, webhook_id, digest } = body;
    if (digest === undefined) return body;
    const key = { tenant: event.tenant, webhook_id, digest_id: digest.id };
    return { ...body, sent: await readSent(key, digest.part) };
  };

  const openAndSend = async (closed: readonly Received<DeliveryMessage>[], lane: Lane) => {
    const opened: Received<WebhookMessage>[] = [];
    const failed: string[] = [];
    // One after the other: messages about one digest would only be in each other's way.
    for (const message of closed) {
      try {
        const body = await open(message.body);
        if (body === undefined) continue;
        opened.push({ ...message, body });
        log.info('digest gathered', {
          event_id: body.event.id,
          endpoint_id: body.webhook_id,
          count: body.digest?.count ?? 1,
        });
      } catch (error) {
        log.error('digest not gathered', { message_id: message.messageId, error });
        failed.push(message.messageId);
      }
    }
    return opened.length === 0 ? failed : [...failed, ...(await send(opened, lane))];
  };

  return async (messages: readonly Received<DeliveryMessage>[], lane: Lane): Promise<readonly string[]> => {
    const ready = messages.filter(isReady);
    const closed = messages.filter((message) => !isReady(message));
    if (closed.length === 0) return send(ready, lane);
    const failed = await Promise.all([
      ready.length === 0 ? [] : send(ready, lane),
      openAndSend(closed, lane),
    ]);
    return failed.flat();
  };
}
