import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { parseInput } from '../parse-input.ts';
import { queueUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';
import { unsupportedOperation } from '../sqs-errors.ts';

const inputSchema = z.object({
  QueueName: z.string(),
  Attributes: z.record(z.string(), z.string()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
});

export const createQueue =
  ({ queues, baseUrl }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueName, Attributes, tags } = parseInput(inputSchema, input);
    if (Object.keys(tags).length > 0)
      throw unsupportedOperation('Queue tags are not emulated: create the queue without them.');
    const { name } = queues.createQueue(QueueName, Attributes);
    return { QueueUrl: queueUrl(baseUrl(), name) };
  };
