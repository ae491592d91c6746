import type { EmbeddedQueue, QueueEngine } from './queue-engine.ts';
import type { QueuedMessage } from './queued-message.ts';
import { readReceiptHandle } from './receipt-handle.ts';

/**
 * What a receipt handle stands for: its message, as long as nobody received it since; `outdated` when it was
 * received again, moved or deleted; `invalid` when this queue never gave it out since the engine started.
 */
export type Receipted =
  | { readonly handle: 'current'; readonly message: QueuedMessage }
  | { readonly handle: 'outdated' }
  | { readonly handle: 'invalid' };

export function findReceipt(engine: QueueEngine, queue: EmbeddedQueue, receiptHandle: string): Receipted {
  const receipt = readReceiptHandle(receiptHandle);
  if (receipt === undefined || receipt.session !== engine.session || receipt.queueId !== queue.id)
    return { handle: 'invalid' };
  const message = queue.schedule.find(receipt.seq);
  return message === undefined || message.lastReceive !== receipt.receive
    ? { handle: 'outdated' }
    : { handle: 'current', message };
}
