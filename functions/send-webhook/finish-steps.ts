import { summarizeDelivery } from '../../shared/delivery.ts';
import { createQueueNext } from './queue-next.ts';
import type { QueueNextDependencies } from './queue-next.ts';
import { createRecordHealth } from './record-health.ts';
import type { RecordHealthDependencies } from './record-health.ts';
import type { Step } from './step.ts';
import { createTellExecutions } from './tell-executions.ts';
import type { TellDependencies } from './tell-executions.ts';
import { createWriteLedger } from './write-ledger.ts';
import type { WriteLedgerDependencies } from './write-ledger.ts';

export interface FinishDependencies
  extends QueueNextDependencies, WriteLedgerDependencies, RecordHealthDependencies, TellDependencies {}

/**
 * Makes what writes down what became of messages, in as few calls as may be: to the queue, to the ledger, to the
 * counters and to the bus, in this order. It answers the ids of those that must come again, and never throws.
 */
export function createFinishSteps(dependencies: FinishDependencies) {
  const { log } = dependencies;
  const queueNext = createQueueNext(dependencies);
  const writeLedger = createWriteLedger(dependencies);
  const recordHealth = createRecordHealth(dependencies);
  const tellExecutions = createTellExecutions(dependencies);

  return async (steps: readonly Step[]): Promise<readonly string[]> => {
    if (steps.length === 0) return [];
    // Before the ledger: a crash in between repeats an attempt, the other way round it would lose the delivery.
    const unqueued = await queueNext(steps);
    const queued = steps.filter(({ messageId }) => !unqueued.has(messageId));
    const unwritten = await writeLedger(queued);
    const done = queued.filter(({ messageId }) => !unwritten.has(messageId));
    await recordHealth(done);
    const deliveries = done.flatMap(({ delivery }) => delivery ?? []);
    // Last, so that whoever sees it finds the ledger and the counters as it says.
    await tellExecutions(deliveries);
    if (deliveries.length > 0) {
      log.info('deliveries attempted', {
        count: deliveries.length,
        deliveries: deliveries.map(summarizeDelivery),
      });
    }
    return [...unqueued, ...unwritten];
  };
}
