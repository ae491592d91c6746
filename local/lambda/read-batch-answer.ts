import { z } from 'zod';

const answer = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/**
 * Which messages of a batch failed, by the answer of a function with ReportBatchItemFailures. Nothing, null or an
 * empty list: none. An answer that is malformed or names an unknown message: all of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function readBatchAnswer(payload: unknown, messageIds: readonly string[]): ReadonlySet<string> {
  const parsed = answer.safeParse(payload);
  if (!parsed.success) return new Set(messageIds);
  const failed = (parsed.data?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier);
  return failed.every((id) => messageIds.includes(id)) ? new Set(failed) : new Set(messageIds);
}
