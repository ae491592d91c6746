import * as z from 'zod';
import type { AwsOperation } from '../../aws/service.ts';
import { checkBatch, failedEntry } from '../check-batch.ts';
import { parseInput } from '../parse-input.ts';
import { queueNameOfUrl } from '../queue-address.ts';
import type { SqsContext } from '../sqs-context.ts';

const inputSchema = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ Id: z.string(), ReceiptHandle: z.string() })),
});

export const deleteMessageBatch =
  ({ queues }: SqsContext): AwsOperation =>
  async (input) => {
    const { QueueUrl, Entries } = parseInput(inputSchema, input);
    checkBatch(Entries);
    const outcomes = queues.deleteBatch(
      queueNameOfUrl(QueueUrl),
      Entries.map(({ ReceiptHandle }) => ReceiptHandle),
    );
    return {
      Successful: Entries.filter((_entry, index) => outcomes[index]?.outcome !== 'refused').map(({ Id }) => ({
        Id,
      })),
      Failed: Entries.flatMap(({ Id }, index) => {
        const deleted = outcomes[index];
        return deleted?.outcome === 'refused' ? [failedEntry(Id, deleted.error)] : [];
      }),
    };
  };
