import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { queueBatchBytesMax, queueBatchEntriesMax } from '../limits.ts';
import type { SQSClient } from './clients.ts';
import { retryRest } from './retry-rest.ts';
import type { Pause } from './retry-rest.ts';

/** A message to be queued. */
export interface QueueMessage {
  readonly body: string;
  /** Fair queues: messages of one group share their place in line. */
  readonly groupId?: string;
  /** 0 to 900 seconds. */
  readonly delaySeconds?: number;
}

/** Splits messages into batches of at most 10 and 1 MiB. */
export function splitIntoBatches<Message extends { readonly body: string }>(
  messages: readonly Message[],
): Message[][] {
  const batches: Message[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    const last = batches.at(-1);
    if (last === undefined || last.length === queueBatchEntriesMax || bytes + size > queueBatchBytesMax) {
      batches.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return batches;
}

/**
 * Queues messages in full batches, and again those that SQS reports as failed.
 * @returns the messages that could not be queued
 */
export async function sendMessages<Message extends QueueMessage>(
  sqs: SQSClient,
  queueUrl: string,
  messages: readonly Message[],
  pause?: Pause,
): Promise<readonly Message[]> {
  const rests = await Promise.all(
    splitIntoBatches(messages).map((batch) =>
      retryRest(
        batch,
        async (entries) => {
          const byId = new Map<string, Message>(entries.map((message) => [randomUUID(), message]));
          const answer = await sqs.send(
            new SendMessageBatchCommand({
              QueueUrl: queueUrl,
              Entries: Array.from(byId, ([id, message]) => toEntry(id, message)),
            }),
          );
          return (answer.Failed ?? []).flatMap(({ Id }) => byId.get(Id ?? '') ?? []);
        },
        pause,
      ),
    ),
  );
  return rests.flat();
}

const toEntry = (id: string, message: QueueMessage): SendMessageBatchRequestEntry => ({
  Id: id,
  MessageBody: message.body,
  MessageGroupId: message.groupId,
  DelaySeconds: message.delaySeconds,
});
