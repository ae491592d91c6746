import { expiryOf, type EmbeddedQueue, type QueueEngine } from './queue-engine.ts';

/** Sets anew when the oldest message will outlive its retention; to be called when the retention changes. */
export function planExpiry(engine: QueueEngine, queue: EmbeddedQueue): void {
  const oldest = engine.file.messages.oldestSentAt(queue.id);
  queue.expiryCheckAt = oldest === undefined ? Number.POSITIVE_INFINITY : expiryOf(queue, oldest);
}

function dropExpired(engine: QueueEngine, queue: EmbeddedQueue, now: number): void {
  const expired = engine.file.messages.removeSentUntil(
    queue.id,
    now - queue.settings.retentionSeconds * 1_000,
  );
  for (const seq of expired) {
    const message = queue.schedule.find(seq);
    if (message !== undefined) queue.schedule.remove(message);
  }
  planExpiry(engine, queue);
}

/** Brings a queue up to the present: what outlived its retention goes, what is due becomes visible. */
export function settleQueue(engine: QueueEngine, queue: EmbeddedQueue): void {
  const now = engine.now();
  if (queue.expiryCheckAt <= now) dropExpired(engine, queue, now);
  const returned = queue.schedule.settle(now);
  if (returned.length === 0) return;
  engine.file.transaction(() => {
    for (const message of returned) engine.file.messages.keepReceives(message);
  });
}
