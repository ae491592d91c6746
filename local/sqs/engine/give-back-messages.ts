import { findReceipt } from './find-receipt.ts';
import { findQueue, type QueueEngine } from './queue-engine.ts';
import { queueChanged } from './serve-receivers.ts';
import { settleQueue } from './settle-queue.ts';

/**
 * Undoes receives that never reached their receiver: the messages are visible at once, first in their group, and
 * the receive does not count. Handles that are no longer current are passed over. Throws `QueueDoesNotExist`.
 */
export function giveBackMessages(
  engine: QueueEngine,
  queueName: string,
  receiptHandles: readonly string[],
): void {
  const queue = findQueue(engine, queueName);
  settleQueue(engine, queue);
  // The last one first, so that they stand in the line in the order in which they were received.
  for (const receiptHandle of receiptHandles.toReversed()) {
    const receipt = findReceipt(engine, queue, receiptHandle);
    if (receipt.handle === 'current' && receipt.message.state === 'in_flight')
      queue.schedule.giveBack(receipt.message);
  }
  queueChanged(engine, queue);
}
