import { assertNever } from '../../../shared/assert-never.ts';
import type { MoveTask } from '../file/move-task-rows.ts';
import { invalidParameter, resourceNotFound } from '../sqs-errors.ts';
import { deadLetterSources } from './manage-queues.ts';
import { noteArrival, type EmbeddedQueue, type QueueEngine } from './queue-engine.ts';
import { queuedMessage } from './queued-message.ts';
import { queueChanged } from './serve-receivers.ts';
import { settleQueue } from './settle-queue.ts';

/** How many tasks of a queue are remembered: ListMessageMoveTasks shows ten at most. */
const tasksKept = 10;
/** Without a rate: so many messages, then others may run. */
const messagesPerStepMax = 100;

type Step = { readonly delayMs: number; readonly messages: number };

/** How a rate is kept: about ten steps a second, each no larger than its time allows. */
export function stepOf(messagesPerSecond: number | undefined): Step {
  if (messagesPerSecond === undefined) return { delayMs: 0, messages: messagesPerStepMax };
  const messages = Math.ceil(messagesPerSecond / 10);
  return { delayMs: Math.ceil((1_000 * messages) / messagesPerSecond), messages };
}

/** What one attempt to move a message came to. */
type Move =
  | { readonly move: 'moved'; readonly destination: EmbeddedQueue }
  | { readonly move: 'none_left' }
  | { readonly move: 'failed'; readonly failure: string };

const queueIsGone = { move: 'failed', failure: 'AWS.SimpleQueueService.NonExistentQueue' } as const;

/** Moves the next visible message. It counts as sent anew. */
function moveNext(engine: QueueEngine, task: MoveTask, source: EmbeddedQueue): Move {
  const message = task.moved < task.toMove ? source.schedule.next() : undefined;
  if (message === undefined) return { move: 'none_left' };
  const name = task.destination ?? engine.file.messages.read(message.seq).deadLetterSource;
  if (name === undefined) return { move: 'failed', failure: 'CouldNotDetermineMessageSource' };
  const destination = engine.queues.get(name);
  if (destination === undefined) return queueIsGone;
  const now = engine.now();
  const { seq, groupId } = message;
  engine.file.messages.redrive(seq, { queueId: destination.id, messageId: engine.newId(), now });
  source.schedule.remove(message);
  destination.schedule.add(queuedMessage({ seq, groupId, sentAt: now, visibleAt: now }), now);
  noteArrival(destination, now);
  return { move: 'moved', destination };
}

const movedOneMore = (task: MoveTask): MoveTask => {
  const moved = task.moved + 1;
  return { ...task, moved, status: moved < task.toMove ? 'RUNNING' : 'COMPLETED' };
};

/** Moves as many messages as one step may; answers the task as it is then. */
function moveSome(engine: QueueEngine, task: MoveTask): MoveTask {
  const source = engine.queues.get(task.source);
  if (source === undefined) return { ...task, status: 'FAILED', failure: queueIsGone.failure };
  settleQueue(engine, source);
  const reached = new Set<EmbeddedQueue>();
  let current = task;
  for (let left = stepOf(task.messagesPerSecond).messages; left > 0 && current.status === 'RUNNING'; left--) {
    const result = moveNext(engine, current, source);
    switch (result.move) {
      case 'moved':
        reached.add(result.destination);
        current = movedOneMore(current);
        break;
      case 'none_left':
        current = { ...current, status: 'COMPLETED' };
        break;
      case 'failed':
        current = { ...current, status: 'FAILED', failure: result.failure };
        break;
      default:
        assertNever(result);
    }
  }
  engine.file.moveTasks.change(current);
  for (const destination of reached) queueChanged(engine, destination);
  return current;
}

function step(engine: QueueEngine, id: string): void {
  engine.moveTimers.delete(id);
  const task = engine.file.moveTasks.find(id);
  if (task?.status !== 'RUNNING') return;
  const after = moveSome(engine, task);
  if (after.status === 'RUNNING') runMoveTask(engine, after);
}

/** Lets a running task take its next step when it is time. */
export function runMoveTask(engine: QueueEngine, { id, messagesPerSecond }: MoveTask): void {
  engine.moveTimers.set(
    id,
    engine.after(stepOf(messagesPerSecond).delayMs, () => step(engine, id)),
  );
}

const missingResource = (parameter: string) =>
  resourceNotFound(`The resource that you specified for the ${parameter} parameter doesn't exist.`);

export interface MoveWish {
  /** Name of the dead-letter queue. */
  readonly source: string;
  /** Name of a queue. Default: each message's own source queue. */
  readonly destination?: string | undefined;
  readonly messagesPerSecond?: number | undefined;
}

/** Starts to move messages out of a dead-letter queue. Throws SQS's errors for StartMessageMoveTask. */
export function startMoveTask(engine: QueueEngine, wish: MoveWish): MoveTask {
  const source = engine.queues.get(wish.source);
  if (source === undefined) throw missingResource('SourceArn');
  if (wish.destination !== undefined && !engine.queues.has(wish.destination))
    throw missingResource('DestinationArn');
  if (wish.destination === wish.source)
    throw invalidParameter('Source queue arn and destination queue arn cannot be the same.');
  if (deadLetterSources(engine, wish.source).length === 0)
    throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
  if (engine.file.moveTasks.ofSource(wish.source, 1).some(({ status }) => status === 'RUNNING'))
    throw invalidParameter(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );
  settleQueue(engine, source);
  const task: MoveTask = {
    id: engine.newId(),
    source: wish.source,
    destination: wish.destination,
    messagesPerSecond: wish.messagesPerSecond,
    status: 'RUNNING',
    moved: 0,
    toMove: source.schedule.counts().visible,
    failure: undefined,
    startedAt: engine.now(),
  };
  engine.file.transaction(() => {
    engine.file.moveTasks.insert(task);
    engine.file.moveTasks.trim(wish.source, tasksKept);
  });
  runMoveTask(engine, task);
  return task;
}

/** Stops a running task; what it moved stays moved. Throws SQS's errors for CancelMessageMoveTask. */
export function cancelMoveTask(
  engine: QueueEngine,
  { id, source }: { id: string; source: string },
): MoveTask {
  if (!engine.queues.has(source)) throw missingResource('SourceArn');
  const task = engine.file.moveTasks.find(id);
  if (task === undefined || task.source !== source) throw resourceNotFound('Task does not exist.');
  if (task.status !== 'RUNNING') throw invalidParameter('Only active tasks can be cancelled.');
  engine.moveTimers.get(id)?.();
  engine.moveTimers.delete(id);
  const cancelled: MoveTask = { ...task, status: 'CANCELLED' };
  engine.file.moveTasks.change(cancelled);
  return cancelled;
}

/** The newest tasks of a dead-letter queue, newest first. Throws `ResourceNotFoundException`. */
export function listMoveTasks(engine: QueueEngine, source: string, countMax: number): MoveTask[] {
  if (!engine.queues.has(source)) throw missingResource('SourceArn');
  return engine.file.moveTasks.ofSource(source, countMax);
}
