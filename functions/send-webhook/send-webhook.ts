import type { WebhookHealth } from '../../shared/aws/webhook-table.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import { createAdmitBatch } from './admit-batch.ts';
import type { AdmitDependencies } from './admit-batch.ts';
import type { Lane } from './admit-delivery.ts';
import type { AttemptDependencies } from './attempt-delivery.ts';
import { createFinishSteps } from './finish-steps.ts';
import type { FinishDependencies } from './finish-steps.ts';
import { awaitFlights, flyDelivery } from './fly-delivery.ts';
import type { Flight } from './fly-delivery.ts';
import { createSplitLate } from './split-late.ts';
import type { SplitLateDependencies } from './split-late.ts';

interface Dependencies
  extends AdmitDependencies, AttemptDependencies, SplitLateDependencies, FinishDependencies {
  readonly health: WebhookHealth;
}

/**
 * Makes what sends the deliveries of one batch in parallel and writes down what came of them, and answers the ids of
 * the messages that must come again. Those whose receiver lets them wait hold up none of the others: what is finished
 * is written down first.
 */
export function createSendWebhook(dependencies: Dependencies) {
  const { log } = dependencies;
  const admitBatch = createAdmitBatch(dependencies);
  const splitLate = createSplitLate(dependencies);
  const finish = createFinishSteps(dependencies);

  const land = async (flights: readonly Flight[]): Promise<readonly string[]> => {
    const { steps, failed } = await awaitFlights(flights, log);
    return [...failed, ...(await finish(steps))];
  };

  return async (messages: readonly Received<WebhookMessage>[], lane: Lane): Promise<readonly string[]> => {
    const { outgoing, steps, release } = await admitBatch(messages, lane);
    const flights = outgoing.map((each) => flyDelivery(each, lane, dependencies));
    try {
      const { early, late } = await splitLate(flights, lane);
      if (late.length === 0) return [...(await land(flights)), ...(await finish(steps))];
      const first = await Promise.all([finish(steps), land(early)]);
      return [...first.flat(), ...(await land(late))];
    } finally {
      // What is not given back is free again by itself, a little later.
      await release().catch((error: unknown) => log.warn('places in flight not given back', { error }));
    }
  };
}
