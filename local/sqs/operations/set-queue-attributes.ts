import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({ QueueUrl: z.string(), Attributes: z.record(z.string(), z.string()) });

export const setQueueAttributes =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, Attributes } = parseInput(inputSchema, input);
    queues.setAttributes(queueNameOfUrl(QueueUrl), Attributes);
    return {};
  };
