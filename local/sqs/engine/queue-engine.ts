import type { QueueFile } from '../file/open-queue-file.ts';
import { queueArn } from '../queue-address.ts';
import { settingsOf, type QueueAttributes, type QueueSettings } from '../queue-attributes.ts';
import type { QueueRow } from '../file/queue-rows.ts';
import { queueDoesNotExist } from '../sqs-errors.ts';
import { createMessageSchedule, type MessageSchedule } from './message-schedule.ts';
import type { StartTimer } from './start-timer.ts';

/** A message as a receiver gets it. Times are epoch milliseconds. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** The message attributes as JSON of their wire form, or undefined when there are none. */
  readonly attributes: string | undefined;
  readonly traceHeader: string | undefined;
  readonly groupId: string | undefined;
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt: number;
  /** ARN of the queue that gave the message up, in a dead-letter queue. */
  readonly deadLetterSourceArn: string | undefined;
}

/** What a receiver wants. */
export interface Wish {
  readonly max: number;
  /** Default: the queue's own. */
  readonly visibilityTimeoutSeconds?: number | undefined;
}

/** A long poll that waits for messages. */
export interface Waiter {
  readonly wish: Wish;
  finish(messages: ReceivedMessage[]): void;
}

/** A queue in memory. */
export interface EmbeddedQueue {
  readonly id: number;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  changedAt: number;
  attributes: QueueAttributes;
  settings: QueueSettings;
  readonly schedule: MessageSchedule;
  /** In the order in which they came. */
  readonly waiters: Set<Waiter>;
  /** No message outlives its retention before this time. */
  expiryCheckAt: number;
  timer: { readonly at: number; readonly cancel: () => void } | undefined;
}

/** Everything the engine's functions share. */
export interface QueueEngine {
  readonly now: () => number;
  readonly after: StartTimer;
  readonly newId: () => string;
  /** Names this life of the engine: receipt handles of an earlier one are invalid. */
  readonly session: string;
  readonly file: QueueFile;
  readonly queues: Map<string, EmbeddedQueue>;
  /** Cancels the next step of each running move task. */
  readonly moveTimers: Map<string, () => void>;
  latestSeq: number;
  latestReceive: number;
  isClosed: boolean;
}

export const embeddedQueue = (row: QueueRow): EmbeddedQueue => ({
  ...row,
  arn: queueArn(row.name),
  settings: settingsOf(row.attributes),
  schedule: createMessageSchedule(),
  waiters: new Set(),
  expiryCheckAt: Number.POSITIVE_INFINITY,
  timer: undefined,
});

/** The queue of this name. Throws `QueueDoesNotExist`. */
export function findQueue(engine: QueueEngine, name: string): EmbeddedQueue {
  if (engine.isClosed) throw new Error('The queues are closed.');
  const queue = engine.queues.get(name);
  if (queue === undefined) throw queueDoesNotExist();
  return queue;
}

/** When a message sent at `sentAt` outlives the queue's retention. */
export const expiryOf = (queue: EmbeddedQueue, sentAt: number): number =>
  sentAt + queue.settings.retentionSeconds * 1_000;

/** Keeps in mind that a message sent at `sentAt` came into the queue. */
export function noteArrival(queue: EmbeddedQueue, sentAt: number): void {
  queue.expiryCheckAt = Math.min(queue.expiryCheckAt, expiryOf(queue, sentAt));
}
