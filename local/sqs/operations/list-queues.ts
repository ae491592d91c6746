import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { listPage } from '../list-page.ts';
import { parseInput } from '../parse-input.ts';
import { queueUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({
  QueueNamePrefix: z.string().default(''),
  MaxResults: z
    .int()
    .min(1, 'Must be between 1 and 1000.')
    .max(1_000, 'Must be between 1 and 1000.')
    .optional(),
  NextToken: z.string().optional(),
});

export const listQueues =
  ({ queues, baseUrl }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueNamePrefix, MaxResults, NextToken } = parseInput(inputSchema, input);
    const { names, nextToken } = listPage(
      queues.list().filter((name) => name.startsWith(QueueNamePrefix)),
      { maxResults: MaxResults, nextToken: NextToken },
    );
    return { QueueUrls: names.map((name) => queueUrl(baseUrl(), name)), NextToken: nextToken };
  };
