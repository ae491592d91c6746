import type { AwsError } from '../aws/service.ts';
import {
  batchEntryIdsNotDistinct,
  emptyBatchRequest,
  invalidBatchEntryId,
  tooManyEntries,
} from './sqs-errors.ts';

const entriesMax = 10;

/** Refuses a batch whose number of entries or whose ids SQS would not take. */
export function checkBatch(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) throw emptyBatchRequest();
  if (entries.length > entriesMax) throw tooManyEntries(entries.length, entriesMax);
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (!/^[\w-]{1,80}$/.test(Id)) throw invalidBatchEntryId();
    if (seen.has(Id)) throw batchEntryIdsNotDistinct(Id);
    seen.add(Id);
  }
}

/** A failed entry in a batch answer. */
export const failedEntry = (Id: string, error: AwsError) => ({
  Id,
  SenderFault: true,
  Code: error.code,
  Message: error.message,
});
