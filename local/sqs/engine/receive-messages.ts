import { findQueue, type QueueEngine, type ReceivedMessage, type Waiter, type Wish } from './queue-engine.ts';
import { queueChanged, takeMessages } from './serve-receivers.ts';

export interface ReceiveOptions extends Wish {
  /** How long to wait for a first message, in milliseconds. Default: the queue's own. */
  readonly waitMs?: number | undefined;
  /** Ends the wait. What was already handed out stays in flight. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Receives up to `max` messages, waiting for a first one for `waitMs`. Answers none when the time is over, the
 * signal aborts, or the queue is deleted or closed meanwhile: a message is never taken for an aborted call.
 * Throws `QueueDoesNotExist`.
 */
export async function receiveMessages(
  engine: QueueEngine,
  queueName: string,
  { signal, waitMs, ...wish }: ReceiveOptions,
): Promise<ReceivedMessage[]> {
  const queue = findQueue(engine, queueName);
  if (signal?.aborted) return [];
  const messages = takeMessages(engine, queue, wish);
  if (queue.waiters.size > 0) queueChanged(engine, queue);
  const patienceMs = waitMs ?? queue.settings.receiveWaitSeconds * 1_000;
  if (messages.length > 0 || patienceMs <= 0) return messages;

  return new Promise((resolve) => {
    const giveUp = () => waiter.finish([]);
    const waiter: Waiter = {
      wish,
      finish(received) {
        queue.waiters.delete(waiter);
        cancelTimer();
        signal?.removeEventListener('abort', giveUp);
        resolve(received);
      },
    };
    const cancelTimer = engine.after(patienceMs, giveUp);
    signal?.addEventListener('abort', giveUp, { once: true });
    queue.waiters.add(waiter);
    queueChanged(engine, queue);
  });
}
