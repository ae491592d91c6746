import { explainingFile } from '../sqlite/open-sqlite-file.ts';
import type { OutgoingMessage } from './check-message.ts';
import {
  changeVisibility,
  type VisibilityChange,
  type VisibilityOutcome,
} from './engine/change-visibility.ts';
import { deleteMessages, type DeleteOutcome } from './engine/delete-messages.ts';
import { giveBackMessages } from './engine/give-back-messages.ts';
import {
  createQueue,
  deadLetterSources,
  deleteQueue,
  describeQueue,
  endWaiting,
  purgeQueue,
  setAttributes,
  type QueueDescription,
} from './engine/manage-queues.ts';
import type { QueueCounts } from './engine/message-schedule.ts';
import {
  cancelMoveTask,
  listMoveTasks,
  runMoveTask,
  startMoveTask,
  type MoveWish,
} from './engine/move-messages.ts';
import { embeddedQueue, noteArrival, type QueueEngine, type ReceivedMessage } from './engine/queue-engine.ts';
import { queuedMessage } from './engine/queued-message.ts';
import { receiveMessages, type ReceiveOptions } from './engine/receive-messages.ts';
import { sendMessages, type SendOutcome } from './engine/send-messages.ts';
import { queueChanged } from './engine/serve-receivers.ts';
import type { StartTimer } from './engine/start-timer.ts';
import type { MoveTask } from './file/move-task-rows.ts';
import { openQueueFile, type QueueFile } from './file/open-queue-file.ts';
import type { QueueAttributes } from './queue-attributes.ts';

export type { OutgoingMessage } from './check-message.ts';
export type { VisibilityChange, VisibilityOutcome } from './engine/change-visibility.ts';
export type { DeleteOutcome } from './engine/delete-messages.ts';
export type { QueueDescription } from './engine/manage-queues.ts';
export type { QueueCounts } from './engine/message-schedule.ts';
export type { MoveWish } from './engine/move-messages.ts';
export type { ReceivedMessage } from './engine/queue-engine.ts';
export type { ReceiveOptions } from './engine/receive-messages.ts';
export type { SendOutcome } from './engine/send-messages.ts';
export { startTimer, type StartTimer } from './engine/start-timer.ts';
export type { MoveTask } from './file/move-task-rows.ts';

export interface QueuesOptions {
  /** Path of the SQLite file, made when missing (its folder must exist), or `:memory:`. */
  readonly file: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Must go with `now`: timers wake long polls when a delayed or in-flight message is due. */
  readonly after: StartTimer;
  /** Makes unique ids, such as `randomUUID`. */
  readonly newId: () => string;
}

/**
 * The queues of one file. Every function but `close` throws SQS's own errors (`AwsError`), such as
 * `QueueDoesNotExist`; batch functions answer one outcome per entry, which must be read.
 */
export interface Queues {
  createQueue(name: string, attributes?: QueueAttributes): QueueDescription;
  deleteQueue(name: string): void;
  setAttributes(name: string, changes: QueueAttributes): void;
  purgeQueue(name: string): void;
  describe(name: string): QueueDescription;
  /** Names, sorted. */
  list(): string[];
  counts(name: string): QueueCounts;
  deadLetterSources(name: string): string[];
  send(name: string, messages: readonly OutgoingMessage[]): SendOutcome[];
  receive(name: string, options: ReceiveOptions): Promise<ReceivedMessage[]>;
  deleteBatch(name: string, receiptHandles: readonly string[]): DeleteOutcome[];
  changeVisibilityBatch(name: string, changes: readonly VisibilityChange[]): VisibilityOutcome[];
  /** Undoes receives that never reached their receiver. */
  giveBack(name: string, receiptHandles: readonly string[]): void;
  startMoveTask(wish: MoveWish): MoveTask;
  cancelMoveTask(task: { id: string; source: string }): MoveTask;
  listMoveTasks(source: string, countMax: number): MoveTask[];
  /** Ends long polls empty and closes the file. What is in flight is visible when it is opened again. */
  close(): void;
}

/** A shorter time than this is no break: delays, retention and sent times go on as if the file had been open. */
const breakMsMin = 60 * 60 * 1000;

/**
 * SQS runs always, a box may be off for a week: what waits must not outlive its retention meanwhile. How long it was
 * off is told by the latest thing that happened to a message that is still there, which is never too short.
 */
function forgiveBreak(file: QueueFile, nowMs: number): void {
  const breakMs = nowMs - (file.messages.latestAt() ?? nowMs);
  if (breakMs >= breakMsMin) file.messages.growYounger(breakMs);
}

function load({ now, after, newId }: QueuesOptions, file: QueueFile): QueueEngine {
  forgiveBreak(file, now());
  const loaded = Array.from(file.queues.all(), embeddedQueue);
  const engine: QueueEngine = {
    now,
    after,
    newId,
    session: newId(),
    file,
    queues: new Map(loaded.map((queue) => [queue.name, queue])),
    moveTimers: new Map(),
    latestSeq: 0,
    latestReceive: 0,
    isClosed: false,
  };
  const byId = new Map(loaded.map((queue) => [queue.id, queue]));
  for (const { queueId, ...row } of file.messages.all()) {
    const queue = byId.get(queueId);
    if (queue === undefined) throw new Error(`Message ${row.seq} belongs to no queue.`);
    queue.schedule.add(queuedMessage(row), now());
    noteArrival(queue, row.sentAt);
    engine.latestSeq = row.seq;
  }
  return engine;
}

/**
 * Opens or creates the queues of a file. Everything that was in flight is visible again and its receive does
 * not count, for every receiver died with the process; receipt handles of before are invalid. Nothing grows older while
 * the file is closed for long. Throws `StartError`.
 */
export function openQueues(options: QueuesOptions): Queues {
  const file = openQueueFile(options.file);
  let engine: QueueEngine;
  try {
    engine = explainingFile(options.file, () => load(options, file));
  } catch (error) {
    file.close();
    throw error;
  }
  for (const queue of engine.queues.values()) queueChanged(engine, queue);
  for (const task of file.moveTasks.running()) runMoveTask(engine, task);

  return {
    createQueue(name, attributes) {
      createQueue(engine, name, attributes);
      return describeQueue(engine, name);
    },
    deleteQueue: (name) => deleteQueue(engine, name),
    setAttributes: (name, changes) => setAttributes(engine, name, changes),
    purgeQueue: (name) => purgeQueue(engine, name),
    describe: (name) => describeQueue(engine, name),
    list: () => Array.from(engine.queues.keys()).sort(),
    counts: (name) => describeQueue(engine, name).counts,
    deadLetterSources: (name) => deadLetterSources(engine, name),
    send: (name, messages) => sendMessages(engine, name, messages),
    receive: (name, receiveOptions) => receiveMessages(engine, name, receiveOptions),
    deleteBatch: (name, receiptHandles) => deleteMessages(engine, name, receiptHandles),
    changeVisibilityBatch: (name, changes) => changeVisibility(engine, name, changes),
    giveBack: (name, receiptHandles) => giveBackMessages(engine, name, receiptHandles),
    startMoveTask: (wish) => startMoveTask(engine, wish),
    cancelMoveTask: (task) => cancelMoveTask(engine, task),
    listMoveTasks: (source, countMax) => listMoveTasks(engine, source, countMax),
    close() {
      if (engine.isClosed) return;
      engine.isClosed = true;
      for (const cancel of engine.moveTimers.values()) cancel();
      for (const queue of engine.queues.values()) endWaiting(queue);
      file.close();
    },
  };
}
