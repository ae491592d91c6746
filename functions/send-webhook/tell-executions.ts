import type { PublishEvents } from '../../shared/aws/put-events.ts';
import { createExecutionEvent, isFinal } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { Log } from '../../shared/runtime/log.ts';

export interface TellDependencies {
  readonly publishEvents: PublishEvents;
  readonly now: () => number;
  readonly log: Log;
}

/** Makes what publishes `hook_executed` for every delivery that came to an end by an attempt. It never throws. */
export function createTellExecutions({ publishEvents, now, log }: TellDependencies) {
  return async (deliveries: readonly Delivery[]): Promise<void> => {
    const ended = deliveries.filter(({ state, attempts }) => isFinal(state) && attempts.length > 0);
    if (ended.length === 0) return;
    try {
      const rejected = await publishEvents(ended.map((delivery) => createExecutionEvent(delivery, now())));
      if (rejected.length === 0) return;
      log.warn('hook_executed not published', { failed: rejected.length, reason: rejected[0]?.reason ?? '' });
    } catch (error) {
      log.warn('hook_executed not published', { failed: ended.length, error });
    }
  };
}
