import type { AwsError } from '../../aws/service.ts';
import { assertNever } from '../../../shared/assert-never.ts';
import { receiptHandleIsInvalid } from '../sqs-errors.ts';
import { findReceipt } from './find-receipt.ts';
import { findQueue, type QueueEngine } from './queue-engine.ts';
import { queueChanged } from './serve-receivers.ts';
import type { QueuedMessage } from './queued-message.ts';

/** What became of one receipt handle. */
export type DeleteOutcome =
  | { readonly outcome: 'deleted' }
  /** The message was deleted before, or received again since: as in SQS nothing happens. */
  | { readonly outcome: 'outdated' }
  | { readonly outcome: 'refused'; readonly error: AwsError };

/**
 * Deletes the messages of these receipts in one transaction. The answer has one outcome per handle, in their
 * order. Throws `QueueDoesNotExist`.
 */
export function deleteMessages(
  engine: QueueEngine,
  queueName: string,
  receiptHandles: readonly string[],
): DeleteOutcome[] {
  const queue = findQueue(engine, queueName);
  const deleted = new Set<QueuedMessage>();
  const outcomes = receiptHandles.map((receiptHandle): DeleteOutcome => {
    const receipt = findReceipt(engine, queue, receiptHandle);
    switch (receipt.handle) {
      case 'current':
        deleted.add(receipt.message);
        return { outcome: 'deleted' };
      case 'outdated':
        return { outcome: 'outdated' };
      case 'invalid':
        return { outcome: 'refused', error: receiptHandleIsInvalid(receiptHandle) };
      default:
        return assertNever(receipt);
    }
  });
  if (deleted.size === 0) return outcomes;
  engine.file.transaction(() => {
    for (const { seq } of deleted) engine.file.messages.remove(seq);
  });
  for (const message of deleted) queue.schedule.remove(message);
  queueChanged(engine, queue);
  return outcomes;
}
