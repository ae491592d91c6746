import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { parseJson } from '../parse-request.ts';
import type { Log } from './log.ts';

/** A queue message whose body was parsed. */
export interface Received<Body> {
  readonly messageId: string;
  readonly body: Body;
  /** The name of the queue that it came by. */
  readonly queueName: string;
  /** 1 when it was received for the first time. */
  readonly receiveCount: number;
}

/**
 * Works through the messages of one batch and answers the ids of those to be received again. Throwing returns the
 * whole batch.
 */
export type ProcessBatch<Body> = (
  messages: readonly Received<Body>[],
  context: Context,
) => Promise<readonly string[]>;

/**
 * The Lambda handler of a queue. A message that does not parse is our own fault: it is reported as failed, comes
 * back, and ends in the dead-letter queue.
 */
export function createQueueHandler<Schema extends z.ZodType>(
  schema: Schema,
  process: ProcessBatch<z.output<Schema>>,
  log: Log,
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  const parse = (record: SQSRecord): Received<z.output<Schema>> | undefined => {
    try {
      return {
        messageId: record.messageId,
        body: schema.parse(parseJson(record.body)),
        queueName: record.eventSourceARN.split(':').at(-1) ?? '',
        receiveCount: Number(record.attributes.ApproximateReceiveCount),
      };
    } catch (error) {
      log.error('message is not valid', { message_id: record.messageId, error });
      return undefined;
    }
  };
  return async (event, context) => {
    const parsed = event.Records.map(parse);
    const poison = event.Records.filter((_, index) => parsed[index] === undefined).map(
      (record) => record.messageId,
    );
    const messages = parsed.filter((message) => message !== undefined);
    const failed = messages.length > 0 ? await process(messages, context) : [];
    return { batchItemFailures: [...poison, ...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}
