import { createFairLine } from './fair-line.ts';
import { createIndexedHeap } from './indexed-heap.ts';
import type { QueuedMessage } from './queued-message.ts';

/** How many messages of a queue are in which state. */
export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** Which message of one queue is where: delayed, visible or in flight. Knows no disk and no clock. */
export interface MessageSchedule {
  counts(): QueueCounts;
  find(seq: number): QueuedMessage | undefined;
  /** Takes a message in: delayed when `visibleAt` is still to come, else visible. */
  add(message: QueuedMessage, now: number): void;
  /** The visible message whose turn it is. */
  next(): QueuedMessage | undefined;
  /** Hands a visible message to a receiver until `visibleAt`. */
  startReceive(message: QueuedMessage, receive: { serial: number; now: number; visibleAt: number }): void;
  /** Moves the end of an in-flight message's visibility timeout. */
  extend(message: QueuedMessage, visibleAt: number): void;
  /** Makes an in-flight message visible again, last in its group; the receive counts. */
  release(message: QueuedMessage): void;
  /** Makes an in-flight message visible again, first in its group, as if it had not been received. */
  giveBack(message: QueuedMessage): void;
  remove(message: QueuedMessage): void;
  /** Makes visible what is due at `now`; answers the messages whose visibility timeout ended. */
  settle(now: number): QueuedMessage[];
  /** When the next delayed or in-flight message becomes visible. */
  nextDueAt(): number | undefined;
  clear(): void;
}

/** Makes the schedule of an empty queue. */
export function createMessageSchedule(): MessageSchedule {
  const messages = new Map<number, QueuedMessage>();
  const line = createFairLine();
  const due = createIndexedHeap<QueuedMessage>((one, other) =>
    one.visibleAt === other.visibleAt ? one.seq < other.seq : one.visibleAt < other.visibleAt,
  );
  let inFlight = 0;
  let delayed = 0;

  const endFlight = (message: QueuedMessage, joinLine: (message: QueuedMessage) => void) => {
    inFlight--;
    due.remove(message);
    message.state = 'visible';
    joinLine(message);
    line.ended(message.groupId);
  };

  const release = (message: QueuedMessage) => endFlight(message, (returned) => line.addLast(returned));

  return {
    counts: () => ({ visible: line.size, inFlight, delayed }),
    find: (seq) => messages.get(seq),
    add(message, now) {
      messages.set(message.seq, message);
      if (message.visibleAt > now) {
        message.state = 'delayed';
        delayed++;
        due.add(message);
      } else {
        message.state = 'visible';
        line.addLast(message);
      }
    },
    next: () => line.next(),
    startReceive(message, { serial, now, visibleAt }) {
      message.state = 'in_flight';
      line.remove(message);
      line.started(message.groupId);
      message.visibleAt = visibleAt;
      message.receiveCount++;
      message.firstReceivedAt ??= now;
      message.lastReceive = serial;
      inFlight++;
      due.add(message);
    },
    extend(message, visibleAt) {
      message.visibleAt = visibleAt;
      due.reorder(message);
    },
    release,
    giveBack(message) {
      message.receiveCount--;
      if (message.receiveCount === 0) message.firstReceivedAt = undefined;
      message.lastReceive = 0;
      endFlight(message, (returned) => line.addFirst(returned));
    },
    remove(message) {
      const { state } = message;
      message.state = 'gone';
      messages.delete(message.seq);
      if (state === 'visible') line.remove(message);
      if (state === 'delayed') delayed--;
      if (state === 'in_flight') inFlight--;
      due.remove(message);
      if (state === 'in_flight') line.ended(message.groupId);
    },
    settle(now) {
      const returned: QueuedMessage[] = [];
      for (let first = due.first(); first !== undefined && first.visibleAt <= now; first = due.first()) {
        if (first.state === 'in_flight') {
          release(first);
          returned.push(first);
        } else {
          due.remove(first);
          delayed--;
          first.state = 'visible';
          line.addLast(first);
        }
      }
      return returned;
    },
    nextDueAt: () => due.first()?.visibleAt,
    clear() {
      for (const message of messages.values()) message.state = 'gone';
      messages.clear();
      line.clear();
      due.clear();
      inFlight = 0;
      delayed = 0;
    },
  };
}
