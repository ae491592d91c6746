import type { Queues } from '../sqs/open-queues.ts';
import { describeError } from '../start-error.ts';
import type { SendToTarget } from './event-buses.ts';

/** A target that is a queue: an input counts as taken when the queue has it on disk. */
export function createSendToQueue(queues: Pick<Queues, 'send'>, queueName: string): SendToTarget {
  return async (inputs) => {
    try {
      const outcomes = queues.send(
        queueName,
        inputs.map((body) => ({ body })),
      );
      return outcomes.map((each) => (each.outcome === 'refused' ? each.error.message : undefined));
    } catch (error) {
      return inputs.map(() => `queue ${queueName}: ${describeError(error)}`);
    }
  };
}
