import {
  changeAttributes,
  checkAttributes,
  differingAttribute,
  settingsOf,
  type QueueAttributes,
} from '../queue-attributes.ts';
import { invalidParameter, invalidValue, queueNameExists, unsupportedOperation } from '../sqs-errors.ts';
import { embeddedQueue, findQueue, type EmbeddedQueue, type QueueEngine } from './queue-engine.ts';
import { queueChanged } from './serve-receivers.ts';
import { planExpiry, settleQueue } from './settle-queue.ts';

function checkName(name: string): void {
  if (name.endsWith('.fifo'))
    throw unsupportedOperation(`FIFO queues are not emulated: "${name}" can only be made on AWS.`);
  if (!/^[\w-]{1,80}$/.test(name))
    throw invalidParameter(
      'Queue name can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
    );
}

function checkDeadLetterQueue(engine: QueueEngine, name: string, attributes: QueueAttributes): void {
  const { redrive } = settingsOf(attributes);
  if (redrive === undefined) return;
  if (redrive.deadLetterQueue === name || !engine.queues.has(redrive.deadLetterQueue))
    throw invalidValue(
      'RedrivePolicy',
      attributes['RedrivePolicy'],
      redrive.deadLetterQueue === name
        ? 'A queue cannot be its own dead letter target.'
        : 'Dead letter target does not exist.',
    );
}

/**
 * Makes a queue. A queue of that name whose attributes do not contradict the given ones is answered as it is.
 * Throws `QueueNameExists` when they do, and SQS's errors for a bad name or attribute.
 */
export function createQueue(
  engine: QueueEngine,
  name: string,
  attributes: QueueAttributes = {},
): EmbeddedQueue {
  checkName(name);
  checkAttributes(attributes);
  const existing = engine.queues.get(name);
  if (existing !== undefined) {
    const differing = differingAttribute(existing.attributes, attributes);
    if (differing !== undefined) throw queueNameExists(differing);
    return existing;
  }
  const complete = changeAttributes({}, attributes);
  checkDeadLetterQueue(engine, name, complete);
  const now = engine.now();
  const id = engine.file.queues.insert({ name, attributes: complete, now });
  const queue = embeddedQueue({ id, name, attributes: complete, createdAt: now, changedAt: now });
  engine.queues.set(name, queue);
  return queue;
}

/** Changes attributes of a queue; the others stay. Throws `QueueDoesNotExist` and SQS's attribute errors. */
export function setAttributes(engine: QueueEngine, name: string, changes: QueueAttributes): void {
  const queue = findQueue(engine, name);
  checkAttributes(changes);
  const attributes = changeAttributes(queue.attributes, changes);
  if (changes['RedrivePolicy'] !== undefined) checkDeadLetterQueue(engine, name, attributes);
  const now = engine.now();
  engine.file.queues.change(queue.id, attributes, now);
  queue.attributes = attributes;
  queue.settings = settingsOf(attributes);
  queue.changedAt = now;
  planExpiry(engine, queue);
  queueChanged(engine, queue);
}

/** Ends what waits on a queue; its messages stay. */
export function endWaiting(queue: EmbeddedQueue): void {
  queue.timer?.cancel();
  queue.timer = undefined;
  for (const waiter of queue.waiters) waiter.finish([]);
}

/** Deletes a queue with its messages; long polls on it end empty. Throws `QueueDoesNotExist`. */
export function deleteQueue(engine: QueueEngine, name: string): void {
  const queue = findQueue(engine, name);
  engine.file.queues.remove(queue.id);
  engine.queues.delete(name);
  queue.schedule.clear();
  endWaiting(queue);
}

/** Deletes every message of a queue, in flight or not. Throws `QueueDoesNotExist`. */
export function purgeQueue(engine: QueueEngine, name: string): void {
  const queue = findQueue(engine, name);
  engine.file.messages.removeAll(queue.id);
  queue.schedule.clear();
  planExpiry(engine, queue);
  queueChanged(engine, queue);
}

/** A queue as it is now. */
export interface QueueDescription {
  readonly name: string;
  readonly arn: string;
  readonly attributes: QueueAttributes;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly receiveWaitSeconds: number;
  readonly counts: { readonly visible: number; readonly inFlight: number; readonly delayed: number };
}

/** Describes a queue. Throws `QueueDoesNotExist`. */
export function describeQueue(engine: QueueEngine, name: string): QueueDescription {
  const queue = findQueue(engine, name);
  settleQueue(engine, queue);
  const { arn, attributes, createdAt, changedAt, settings, schedule } = queue;
  return {
    name,
    arn,
    attributes,
    createdAt,
    changedAt,
    receiveWaitSeconds: settings.receiveWaitSeconds,
    counts: schedule.counts(),
  };
}

/** The queues whose dead letters go to this queue. Throws `QueueDoesNotExist`. */
export function deadLetterSources(engine: QueueEngine, name: string): string[] {
  findQueue(engine, name);
  return Array.from(engine.queues.values())
    .filter(({ settings }) => settings.redrive?.deadLetterQueue === name)
    .map((queue) => queue.name);
}
