import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({
  QueueUrl: z.string(),
  ReceiptHandle: z.string(),
  VisibilityTimeout: z.number(),
});

export const changeMessageVisibility =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, ReceiptHandle, VisibilityTimeout } = parseInput(inputSchema, input);
    const outcomes = queues.changeVisibilityBatch(queueNameOfUrl(QueueUrl), [
      { receiptHandle: ReceiptHandle, visibilityTimeoutSeconds: VisibilityTimeout },
    ]);
    for (const changed of outcomes) if (changed.outcome === 'refused') throw changed.error;
    return {};
  };
