import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({ QueueUrl: z.string(), ReceiptHandle: z.string() });

export const deleteMessage =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, ReceiptHandle } = parseInput(inputSchema, input);
    for (const deleted of queues.deleteBatch(queueNameOfUrl(QueueUrl), [ReceiptHandle]))
      if (deleted.outcome === 'refused') throw deleted.error;
    return {};
  };
