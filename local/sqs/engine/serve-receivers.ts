import {
  noteArrival,
  type EmbeddedQueue,
  type QueueEngine,
  type ReceivedMessage,
  type Wish,
} from './queue-engine.ts';
import { queueArn } from '../queue-address.ts';
import { queuedMessage, type QueuedMessage } from './queued-message.ts';
import { writeReceiptHandle } from './receipt-handle.ts';
import { settleQueue } from './settle-queue.ts';

/** A timer cannot run longer; a longer wait is taken in several. */
const timerMsMax = 2_147_483_647;

function deadLetterQueueFor(
  engine: QueueEngine,
  { settings: { redrive } }: EmbeddedQueue,
  { receiveCount, receivesElsewhere }: QueuedMessage,
): EmbeddedQueue | undefined {
  // Without its dead-letter queue a message stays where it is and is delivered on.
  return redrive === undefined || receiveCount - receivesElsewhere < redrive.maxReceiveCount
    ? undefined
    : engine.queues.get(redrive.deadLetterQueue);
}

function giveUp(
  engine: QueueEngine,
  from: EmbeddedQueue,
  message: QueuedMessage,
  deadLetters: EmbeddedQueue,
): void {
  engine.file.messages.moveToDeadLetters(message, deadLetters.id, from.name);
  from.schedule.remove(message);
  const now = engine.now();
  const moved = queuedMessage({ ...message, visibleAt: now, receivesElsewhere: message.receiveCount });
  deadLetters.schedule.add(moved, now);
  noteArrival(deadLetters, moved.sentAt);
}

function receiveNext(
  engine: QueueEngine,
  queue: EmbeddedQueue,
  message: QueuedMessage,
  times: { now: number; visibleAt: number },
): ReceivedMessage {
  const { messageId, body, attributes, traceHeader, deadLetterSource } = engine.file.messages.read(
    message.seq,
  );
  // A receive is kept in memory only: when the process dies, its receivers die with it, and the file
  // still has the message as it was before.
  const serial = ++engine.latestReceive;
  queue.schedule.startReceive(message, { serial, ...times });
  return {
    messageId,
    body,
    attributes,
    traceHeader,
    receiptHandle: writeReceiptHandle({
      session: engine.session,
      queueId: queue.id,
      seq: message.seq,
      receive: serial,
    }),
    groupId: message.groupId,
    sentAt: message.sentAt,
    receiveCount: message.receiveCount,
    firstReceivedAt: message.firstReceivedAt ?? times.now,
    deadLetterSourceArn: deadLetterSource === undefined ? undefined : queueArn(deadLetterSource),
  };
}

/** Takes up to `max` visible messages, in fair order; those received too often go to the dead-letter queue. */
export function takeMessages(engine: QueueEngine, queue: EmbeddedQueue, wish: Wish): ReceivedMessage[] {
  settleQueue(engine, queue);
  const now = engine.now();
  const seconds = wish.visibilityTimeoutSeconds ?? queue.settings.visibilityTimeoutSeconds;
  const times = { now, visibleAt: now + seconds * 1_000 };
  const taken: ReceivedMessage[] = [];
  const gaveUpTo = new Set<EmbeddedQueue>();
  while (taken.length < wish.max) {
    const message = queue.schedule.next();
    if (message === undefined) break;
    const deadLetters = deadLetterQueueFor(engine, queue, message);
    if (deadLetters === undefined) {
      taken.push(receiveNext(engine, queue, message, times));
    } else {
      giveUp(engine, queue, message, deadLetters);
      gaveUpTo.add(deadLetters);
    }
  }
  for (const deadLetters of gaveUpTo) queueChanged(engine, deadLetters);
  return taken;
}

function setTimer(engine: QueueEngine, queue: EmbeddedQueue): void {
  const dueAt = queue.waiters.size === 0 ? undefined : queue.schedule.nextDueAt();
  const at = Math.min(dueAt ?? Number.POSITIVE_INFINITY, queue.expiryCheckAt);
  if (queue.timer?.at === at) return;
  queue.timer?.cancel();
  queue.timer = undefined;
  if (at === Number.POSITIVE_INFINITY) return;
  const delayMs = Math.min(Math.max(at - engine.now(), 0), timerMsMax);
  const cancel = engine.after(delayMs, () => {
    queue.timer = undefined;
    queueChanged(engine, queue);
  });
  queue.timer = { at, cancel };
}

/**
 * To be called after messages came, became visible or are due at another time: hands what is visible to those
 * who wait, each message to one of them, and wakes itself when the next message is due.
 */
export function queueChanged(engine: QueueEngine, queue: EmbeddedQueue): void {
  settleQueue(engine, queue);
  for (const waiter of queue.waiters) {
    if (queue.schedule.next() === undefined) break;
    const messages = takeMessages(engine, queue, waiter.wish);
    if (messages.length > 0) waiter.finish(messages);
  }
  setTimer(engine, queue);
}
