import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { visibilityTimeoutSecondsMax } from '../engine/change-visibility.ts';
import { messageAttributesSchema, selectAttributes } from '../message-attributes.ts';
import { digestOfAttributes, digestOfBody } from '../message-digest.ts';
import type { ReceivedMessage } from '../open-queues.ts';
import { parseInput } from '../parse-input.ts';
import { accountId, queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const between = (min: number, max: number) => {
  const reason = `Must be between ${min} and ${max}, if provided.`;
  return z.int(reason).min(min, reason).max(max, reason);
};

const inputSchema = z.object({
  QueueUrl: z.string(),
  MaxNumberOfMessages: between(1, 10).default(1),
  VisibilityTimeout: between(0, visibilityTimeoutSecondsMax).optional(),
  WaitTimeSeconds: between(0, 20).optional(),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});

const systemAttributes = (message: ReceivedMessage): Readonly<Record<string, string | undefined>> => ({
  SenderId: accountId,
  SentTimestamp: String(message.sentAt),
  ApproximateReceiveCount: String(message.receiveCount),
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  MessageGroupId: message.groupId,
  AWSTraceHeader: message.traceHeader,
  DeadLetterQueueSourceArn: message.deadLetterSourceArn,
});

function wireMessage(
  message: ReceivedMessage,
  wanted: { readonly system: readonly string[]; readonly own: readonly string[] },
) {
  const system = Object.entries(systemAttributes(message)).filter(
    ([name, value]) => value !== undefined && (wanted.system.includes('All') || wanted.system.includes(name)),
  );
  const own =
    message.attributes === undefined || wanted.own.length === 0
      ? {}
      : selectAttributes(messageAttributesSchema.parse(JSON.parse(message.attributes)), wanted.own);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: digestOfBody(message.body),
    Body: message.body,
    Attributes: system.length === 0 ? undefined : Object.fromEntries(system),
    MD5OfMessageAttributes: digestOfAttributes(own),
    MessageAttributes: Object.keys(own).length === 0 ? undefined : own,
  };
}

/** Messages that were taken for a caller whose signal aborted before the answer are given back at once. */
export const receiveMessage =
  ({ queues }: SqsContext): AwsOperation =>
  async (input, { signal }) => {
    const wish = parseInput(inputSchema, input);
    const queueName = queueNameOfUrl(wish.QueueUrl);
    const messages = await queues.receive(queueName, {
      max: wish.MaxNumberOfMessages,
      visibilityTimeoutSeconds: wish.VisibilityTimeout,
      waitMs: wish.WaitTimeSeconds === undefined ? undefined : wish.WaitTimeSeconds * 1_000,
      signal,
    });
    if (messages.length === 0) return {};
    // A caller that left in the same turn of the event loop in which it was served is known only after that turn.
    await nextTurn();
    if (signal.aborted) {
      queues.giveBack(
        queueName,
        messages.map(({ receiptHandle }) => receiptHandle),
      );
      return {};
    }
    const wanted = {
      system: [...wish.AttributeNames, ...wish.MessageSystemAttributeNames],
      own: wish.MessageAttributeNames,
    };
    return { Messages: messages.map((message) => wireMessage(message, wanted)) };
  };
