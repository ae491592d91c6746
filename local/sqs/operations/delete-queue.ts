import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({ QueueUrl: z.string() });

export const deleteQueue =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl } = parseInput(inputSchema, input);
    queues.deleteQueue(queueNameOfUrl(QueueUrl));
    return {};
  };
