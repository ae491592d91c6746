import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { checkBatch, failedEntry } from '../check-batch.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string(), VisibilityTimeout: z.number() })),
});

export const changeMessageVisibilityBatch =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, Entries } = parseInput(inputSchema, input);
    checkBatch(Entries);
    const outcomes = queues.changeVisibilityBatch(
      queueNameOfUrl(QueueUrl),
      Entries.map(({ ReceiptHandle, VisibilityTimeout }) => ({
        receiptHandle: ReceiptHandle,
        visibilityTimeoutSeconds: VisibilityTimeout,
      })),
    );
    return {
      Successful: Entries.filter((_entry, index) => outcomes[index]?.outcome === 'changed').map(({ Id }) => ({
        Id,
      })),
      Failed: Entries.flatMap(({ Id }, index) => {
        const changed = outcomes[index];
        return changed?.outcome === 'refused' ? [failedEntry(Id, changed.error)] : [];
      }),
    };
  };
