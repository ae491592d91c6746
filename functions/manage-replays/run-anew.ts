import { ApiError } from '../../shared/api-error.ts';
import type { EnsureWorker } from '../../shared/aws/hook-worker.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { Delivery, HookMessage } from '../../shared/delivery.ts';
import type { HookId } from '../../shared/ids.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { showRound } from '../../shared/send-anew.ts';
import type { Sending } from '../../shared/send-anew.ts';

/** Runs a hook's script anew, whatever came of it before. Throws `ApiError` 503 when it is not queued, or nobody is up. */
export type RunAnew = (sending: Sending, hookId: HookId) => Promise<void>;

/** Makes a `RunAnew`. The message is queued before the row is written, which otherwise might wait for ever. */
export function createRunAnew(dependencies: {
  /** Answers the messages that could not be queued. */
  readonly queueRuns: (messages: readonly QueueMessage[]) => Promise<readonly QueueMessage[]>;
  readonly advanceDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly ensureWorker: EnsureWorker;
  readonly now: () => number;
  readonly log: Log;
}): RunAnew {
  const { queueRuns, advanceDeliveries, ensureWorker, now, log } = dependencies;
  return async (sending, hookId) => {
    const { event, round } = sending;
    const body = JSON.stringify({ event, hook_id: hookId, round } satisfies HookMessage);
    if ((await queueRuns([{ body, groupId: hookId }])).length > 0) {
      throw new ApiError('unavailable', 'The run could not be queued. Try again in a few seconds.');
    }
    await advanceDeliveries([showRound(sending, now())]);
    try {
      await ensureWorker();
    } catch (cause) {
      log.error('no worker could be started', { endpoint_id: hookId, tenant: event.tenant, error: cause });
      throw new ApiError(
        'unavailable',
        'The run is queued, but no worker could be started for it; it runs with the next event. The log of manage-replays tells why.',
        [],
        { cause },
      );
    }
  };
}
