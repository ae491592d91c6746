import type { AwsError } from '../../aws/service.ts';
import { checkMessage, type OutgoingMessage } from '../check-message.ts';
import { findQueue, noteArrival, type QueueEngine } from './queue-engine.ts';
import { queuedMessage, type QueuedMessage } from './queued-message.ts';
import { queueChanged } from './serve-receivers.ts';

/** What became of one message of a send. */
export type SendOutcome =
  | { readonly outcome: 'sent'; readonly messageId: string }
  | { readonly outcome: 'refused'; readonly error: AwsError };

/**
 * Sends messages in one transaction: those that SQS would take are on disk when this returns. The answer has one
 * outcome per message, in their order. Throws `QueueDoesNotExist`.
 */
export function sendMessages(
  engine: QueueEngine,
  queueName: string,
  messages: readonly OutgoingMessage[],
): SendOutcome[] {
  const queue = findQueue(engine, queueName);
  const now = engine.now();
  const arrived: QueuedMessage[] = [];
  const outcomes = engine.file.transaction(() =>
    messages.map((message): SendOutcome => {
      const error = checkMessage(message, queue.settings.messageBytesMax);
      if (error !== undefined) return { outcome: 'refused', error };
      const { attributes, body, delaySeconds, groupId, traceHeader } = message;
      const seq = ++engine.latestSeq;
      const messageId = engine.newId();
      const visibleAt = now + (delaySeconds ?? queue.settings.delaySeconds) * 1_000;
      engine.file.messages.insert({
        seq,
        queueId: queue.id,
        messageId,
        groupId,
        sentAt: now,
        visibleAt,
        traceHeader,
        attributes:
          attributes === undefined || Object.keys(attributes).length === 0
            ? undefined
            : JSON.stringify(attributes),
        body,
      });
      arrived.push(queuedMessage({ seq, groupId, sentAt: now, visibleAt }));
      return { outcome: 'sent', messageId };
    }),
  );
  if (arrived.length === 0) return outcomes;
  for (const message of arrived) queue.schedule.add(message, now);
  noteArrival(queue, now);
  queueChanged(engine, queue);
  return outcomes;
}
