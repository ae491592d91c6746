import type { Delivery } from '../../shared/delivery.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Step } from './step.ts';

export interface WriteLedgerDependencies {
  /** For what is true whatever the ledger knew. */
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** For what a final state outweighs. */
  readonly advanceDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly log: Log;
}

/**
 * Makes what writes the rows of deliveries, and answers the ids of those whose row could not be written. What arrived
 * is one call; the others are conditional writes, which are a call each, so that one that fails fails no other.
 */
export function createWriteLedger({ putDeliveries, advanceDeliveries, log }: WriteLedgerDependencies) {
  return async (steps: readonly Step[]): Promise<ReadonlySet<string>> => {
    const rows = steps.flatMap(({ messageId, delivery }) =>
      delivery === undefined ? [] : { messageId, delivery },
    );
    const arrived = rows.filter(({ delivery }) => delivery.state === 'delivered');
    const others = rows.filter(({ delivery }) => delivery.state !== 'delivered');
    const writes = [
      ...(arrived.length === 0 ? [] : [{ its: arrived, write: putDeliveries }]),
      ...others.map((row) => ({ its: [row], write: advanceDeliveries })),
    ];
    const settled = await Promise.allSettled(
      writes.map(({ its, write }) => write(its.map(({ delivery }) => delivery))),
    );
    const errors = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    const unwritten = writes
      .filter((_, index) => settled[index]?.status === 'rejected')
      .flatMap(({ its }) => its.map(({ messageId }) => messageId));
    if (unwritten.length > 0) {
      log.error('ledger not written', { failed: unwritten.length, error: errors[0] });
    }
    return new Set(unwritten);
  };
}
