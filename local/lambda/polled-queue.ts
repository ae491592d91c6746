import { createHash } from 'node:crypto';
import { messageAttributesSchema } from '../sqs/message-attributes.ts';
import type { Queues, ReceivedMessage } from '../sqs/open-queues.ts';

/** A message in the shape of Lambda's SQS event. */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** A queue as its poller sees it. */
export interface PolledQueue {
  /** Waits for messages until there are some, the wait ends, or the signal aborts (then answers none). */
  receive(max: number, signal: AbortSignal): Promise<readonly SqsRecord[]>;
  /** Answers, for each message that could not be deleted, why. */
  delete(records: readonly SqsRecord[]): readonly string[];
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
const waitMs = 20_000;

function systemAttributes(message: ReceivedMessage, accountId: string): Record<string, string> {
  const { traceHeader, groupId, deadLetterSourceArn } = message;
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: accountId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(traceHeader === undefined ? {} : { AWSTraceHeader: traceHeader }),
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    ...(deadLetterSourceArn === undefined ? {} : { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  };
}

function messageAttributes(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  return Object.fromEntries(
    Object.entries(messageAttributesSchema.parse(JSON.parse(json))).map(([name, attribute]) => [
      name,
      {
        stringValue: attribute.StringValue,
        binaryValue: attribute.BinaryValue,
        stringListValues: [],
        binaryListValues: [],
        dataType: attribute.DataType,
      },
    ]),
  );
}

/** Reaches a queue of the embedded SQS directly, without the SDK. */
export function createPolledQueue(
  queues: Pick<Queues, 'receive' | 'deleteBatch'>,
  queue: { readonly name: string; readonly arn: string },
  place: { readonly region: string; readonly accountId: string },
): PolledQueue {
  return {
    receive: async (max, signal) => {
      const messages = await queues.receive(queue.name, { max, waitMs, signal });
      return messages.map((message) => ({
        messageId: message.messageId,
        receiptHandle: message.receiptHandle,
        body: message.body,
        md5OfBody: createHash('md5').update(message.body).digest('hex'),
        attributes: systemAttributes(message, place.accountId),
        messageAttributes: messageAttributes(message.attributes),
        eventSource: 'aws:sqs',
        eventSourceARN: queue.arn,
        awsRegion: place.region,
      }));
    },
    delete: (records) =>
      queues
        .deleteBatch(
          queue.name,
          records.map((record) => record.receiptHandle),
        )
        .flatMap((each) => (each.outcome === 'refused' ? [each.error.message] : [])),
  };
}
