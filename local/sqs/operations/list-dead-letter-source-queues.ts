import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { listPage } from '../list-page.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl, queueUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({
  QueueUrl: z.string(),
  MaxResults: z
    .int()
    .min(1, 'Must be between 1 and 1000.')
    .max(1_000, 'Must be between 1 and 1000.')
    .optional(),
  NextToken: z.string().optional(),
});

/** Answers `queueUrls`: this one member of the whole protocol begins with a small letter. */
export const listDeadLetterSourceQueues =
  ({ queues, baseUrl }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, MaxResults, NextToken } = parseInput(inputSchema, input);
    const { names, nextToken } = listPage(queues.deadLetterSources(queueNameOfUrl(QueueUrl)).sort(), {
      maxResults: MaxResults,
      nextToken: NextToken,
    });
    return { queueUrls: names.map((name) => queueUrl(baseUrl(), name)), NextToken: nextToken };
  };
