import type { ReplayStep } from '../live-replay.ts';
import type { SQSClient } from './clients.ts';
import { sendMessages } from './send-messages.ts';
import type { Pause } from './retry-rest.ts';

/** Queues a step of telling a viewer what it missed. Throws when the queue does not take it. */
export type QueueReplayStep = (step: ReplayStep, delaySeconds: number) => Promise<void>;

/** Makes a `QueueReplayStep` for the queue of live events. */
export function createQueueReplayStep(sqs: SQSClient, queueUrl: string, pause?: Pause): QueueReplayStep {
  return async (step, delaySeconds) => {
    const rest = await sendMessages(sqs, queueUrl, [{ body: JSON.stringify(step), delaySeconds }], pause);
    if (rest.length > 0) throw new Error('SQS did not take the step of a replay');
  };
}
