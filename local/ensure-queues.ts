import { AwsError } from './aws/service.ts';
import type { Queues } from './sqs/open-queues.ts';
import { StartError } from './start-error.ts';
import type { QueueModel } from './template/read-queue.ts';

/**
 * Makes the queues that are missing and gives the others the template's attributes. Queues that the template no
 * longer has stay: their messages are somebody's. Throws StartError naming the queue that is refused.
 */
export function ensureQueues(
  queues: Pick<Queues, 'createQueue' | 'setAttributes' | 'list'>,
  models: readonly QueueModel[],
): void {
  const existing = new Set(queues.list());
  // A dead-letter queue must exist before a policy names it.
  for (const { name } of models) if (!existing.has(name)) refuseByName(name, () => queues.createQueue(name));
  for (const { name, attributes } of models) {
    // No policy in the template takes away an earlier one.
    refuseByName(name, () => {
      queues.setAttributes(name, { RedrivePolicy: '', ...attributes });
    });
  }
}

function refuseByName(name: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof AwsError) throw new StartError(`Queue ${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
