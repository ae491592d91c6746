import type { AwsError } from '../../aws/service.ts';
import { assertNever } from '../../../shared/assert-never.ts';
import { invalidValue, messageNotInflight, receiptHandleIsInvalid } from '../sqs-errors.ts';
import { findReceipt } from './find-receipt.ts';
import { findQueue, type EmbeddedQueue, type QueueEngine } from './queue-engine.ts';
import { queueChanged } from './serve-receivers.ts';
import { settleQueue } from './settle-queue.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
export const visibilityTimeoutSecondsMax = 43_200;

export interface VisibilityChange {
  readonly receiptHandle: string;
  /** From now on; 0 makes the message visible at once. */
  readonly visibilityTimeoutSeconds: number;
}

/** What became of one change. */
export type VisibilityOutcome =
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'refused'; readonly error: AwsError };

const refused = (error: AwsError): VisibilityOutcome => ({ outcome: 'refused', error });

function changeOne(
  engine: QueueEngine,
  queue: EmbeddedQueue,
  { receiptHandle, visibilityTimeoutSeconds: seconds }: VisibilityChange,
): VisibilityOutcome {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > visibilityTimeoutSecondsMax)
    return refused(
      invalidValue('VisibilityTimeout', seconds, `Must be between 0 and ${visibilityTimeoutSecondsMax}.`),
    );
  const receipt = findReceipt(engine, queue, receiptHandle);
  switch (receipt.handle) {
    case 'invalid':
      return refused(receiptHandleIsInvalid(receiptHandle));
    case 'outdated':
      return refused(
        invalidValue(
          'ReceiptHandle',
          receiptHandle,
          'Message does not exist or is not available for visibility timeout change.',
        ),
      );
    case 'current':
      break;
    default:
      return assertNever(receipt);
  }
  if (receipt.message.state !== 'in_flight') return refused(messageNotInflight());
  if (seconds > 0) {
    queue.schedule.extend(receipt.message, engine.now() + seconds * 1_000);
  } else {
    queue.schedule.release(receipt.message);
    engine.file.messages.keepReceives(receipt.message);
  }
  return { outcome: 'changed' };
}

/**
 * Changes when in-flight messages become visible again, in one transaction. The answer has one outcome per
 * change, in their order. Throws `QueueDoesNotExist`.
 */
export function changeVisibility(
  engine: QueueEngine,
  queueName: string,
  changes: readonly VisibilityChange[],
): VisibilityOutcome[] {
  const queue = findQueue(engine, queueName);
  settleQueue(engine, queue);
  const outcomes = engine.file.transaction(() => changes.map((change) => changeOne(engine, queue, change)));
  queueChanged(engine, queue);
  return outcomes;
}
