import type { Circuit } from '../../shared/circuit.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Lane } from './admit-delivery.ts';
import { attemptDelivery } from './attempt-delivery.ts';
import type { AttemptDependencies } from './attempt-delivery.ts';
import type { Candidate } from './keep-limits.ts';
import type { Step } from './step.ts';

/** A delivery that is sent now. */
export interface Outgoing {
  readonly candidate: Candidate;
  /** The open circuit that it probes, as it was claimed. */
  readonly probed?: Circuit;
}

/** A delivery in flight. */
export interface Flight {
  readonly candidate: Candidate;
  /** Rejects by a fault of ours alone: a receiver's is a step. */
  readonly ended: Promise<Step>;
}

/** Sends a delivery; what carries it on stays in its lane. */
export function flyDelivery(
  { candidate, probed }: Outgoing,
  lane: Lane,
  dependencies: AttemptDependencies,
): Flight {
  const { messageId, message, webhook } = candidate;
  const attempt = async (): Promise<Step> => {
    const { delivery, result, next } = await attemptDelivery(message, webhook, dependencies);
    return {
      messageId,
      delivery,
      attempted: { webhook, result, ...(probed === undefined ? {} : { probed }) },
      ...(next === undefined ? {} : { next: { ...next, lane } }),
    };
  };
  return { candidate, ended: attempt() };
}

/** Waits for the end of all, and answers what became of them and the ids of the messages that must come again. */
export async function awaitFlights(
  flights: readonly Flight[],
  log: Log,
): Promise<{ readonly steps: readonly Step[]; readonly failed: readonly string[] }> {
  const steps: Step[] = [];
  const failed: string[] = [];
  const settled = await Promise.allSettled(flights.map(({ ended }) => ended));
  for (const [index, { candidate }] of flights.entries()) {
    const result = settled[index];
    if (result?.status === 'fulfilled') {
      steps.push(result.value);
      continue;
    }
    // Such as a key out of reach: the message comes back, the others of the batch go on.
    log.error('delivery could not be attempted', {
      event_id: candidate.message.event.id,
      endpoint_id: candidate.webhook.id,
      error: result?.reason,
    });
    failed.push(candidate.messageId);
  }
  return { steps, failed };
}
