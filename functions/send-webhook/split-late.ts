import type { WebhookHealth } from '../../shared/aws/webhook-table.ts';
import { lateAnswerMs, slowLaneFirstMs, slowLaneMs } from '../../shared/limits.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { Lane } from './admit-delivery.ts';
import type { Flight } from './fly-delivery.ts';

export interface SplitLateDependencies {
  readonly health: Pick<WebhookHealth, 'markLate'>;
  /** Told of every webhook that is slow now, for whoever reads webhooks from memory. */
  readonly onWebhook: (webhook: Webhook) => void;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

const lateSteps = 5;

/**
 * Makes what parts the deliveries in flight into those that end in good time and those whose receiver lets them wait,
 * so that these hold up none of the others. It answers when all have ended or the time is over, and marks the slow
 * endpoints, so that what follows for them goes by the other lane.
 */
export function createSplitLate({ health, onWebhook, pause, now, log }: SplitLateDependencies) {
  const markLate = async (webhooks: readonly Webhook[], lane: Lane): Promise<void> => {
    const keepMs = lane === 'slow' ? slowLaneMs : slowLaneFirstMs;
    const distinct = new Map(webhooks.map((webhook) => [`${webhook.tenant} ${webhook.id}`, webhook]));
    await Promise.all(
      Array.from(distinct.values(), async (webhook) => {
        if ((webhook.late_until ?? 0) > now() + keepMs / 2) return;
        const late_until = now() + keepMs;
        onWebhook({ ...webhook, late_until });
        try {
          await health.markLate(webhook, late_until);
        } catch (error) {
          log.warn('slow endpoint not marked', { endpoint_id: webhook.id, error });
        }
      }),
    );
  };

  return async (flights: readonly Flight[], lane: Lane) => {
    const open = new Set(flights);
    const allEnded = new AbortController();
    const settled = Promise.allSettled(
      flights.map(async (each) => {
        await each.ended.catch(() => undefined);
        open.delete(each);
      }),
    ).then(() => allEnded.abort());
    // In steps: a process that is held up itself would find all answers late at once.
    for (let step = 0; step < lateSteps && open.size > 0; step++) {
      await Promise.race([settled, pause(lateAnswerMs / lateSteps, allEnded.signal)]);
    }
    const late = flights.filter((each) => open.has(each));
    const early = flights.filter((each) => !open.has(each));
    if (late.length > 0)
      await markLate(
        late.map(({ candidate }) => candidate.webhook),
        lane,
      );
    return { early, late };
  };
}
