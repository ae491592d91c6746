import { randomUUID } from 'node:crypto';
import { openQueues, type Queues, type ReceivedMessage } from '../../../local/sqs/open-queues.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

/** Queues with a clock that the test advances. */
export function openTestQueues(
  file = ':memory:',
  clock = createManualClock(),
): Queues & { clock: ManualClock } {
  return { ...openQueues({ file, now: clock.now, after: clock.after, newId: randomUUID }), clock };
}

/** Sends bodies that must all be taken; answers their message ids. */
export function sendBodies(
  queues: Queues,
  queueName: string,
  bodies: readonly string[],
  groupId?: string,
): string[] {
  return queues
    .send(
      queueName,
      bodies.map((body) => ({ body, groupId })),
    )
    .map((sent) => {
      if (sent.outcome === 'refused') throw sent.error;
      return sent.messageId;
    });
}

/** Receives what is visible now, without waiting. */
export const receiveNow = (queues: Queues, queueName: string, max = 10): Promise<ReceivedMessage[]> =>
  queues.receive(queueName, { max, waitMs: 0 });

/** Receives and deletes until nothing is visible; answers what was received. */
export async function drain(queues: Queues, queueName: string): Promise<ReceivedMessage[]> {
  const drained: ReceivedMessage[] = [];
  for (;;) {
    const messages = await receiveNow(queues, queueName, 100);
    if (messages.length === 0) return drained;
    drained.push(...messages);
    const outcomes = queues.deleteBatch(
      queueName,
      messages.map(({ receiptHandle }) => receiptHandle),
    );
    if (outcomes.some(({ outcome }) => outcome !== 'deleted'))
      throw new Error('A fresh receipt did not delete.');
  }
}
