import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { parseInput } from '../parse-input.ts';
import { accountId, queueUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';
import { queueDoesNotExist } from '../sqs-errors.ts';

const inputSchema = z.object({
  QueueName: z.string(),
  QueueOwnerAWSAccountId: z.string().default(accountId),
});

export const getQueueUrl =
  ({ queues, baseUrl }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueName, QueueOwnerAWSAccountId } = parseInput(inputSchema, input);
    if (QueueOwnerAWSAccountId !== accountId) throw queueDoesNotExist();
    const { name } = queues.describe(QueueName);
    return { QueueUrl: queueUrl(baseUrl(), name) };
  };
