import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({ QueueUrl: z.string() });

/** The purge is done when this answers, so that SQS's pause of 60 seconds between two purges is not needed. */
export const purgeQueue =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl } = parseInput(inputSchema, input);
    queues.purgeQueue(queueNameOfUrl(QueueUrl));
    return {};
  };
