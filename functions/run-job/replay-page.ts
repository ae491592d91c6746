import type { ReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { placeOf } from '../../shared/job.ts';
import type { Job, Planned } from '../../shared/job.ts';
import { spreadOver } from '../../shared/replay.ts';
import type { SendAnew } from '../../shared/send-anew.ts';

/** What became of a page: all of its deliveries are done or failed. */
export interface ReplayedPage {
  readonly done: number;
  readonly failures: Job['failures'];
  /** When the delivery after these is due, epoch milliseconds. */
  readonly nextAt: number;
}

/** Sends a page of a job. Once more after a crash, it sends only what is not on its way. */
export type ReplayPage = (job: Job, page: readonly Planned[]) => Promise<ReplayedPage>;

export function createReplayPage(dependencies: {
  readonly readDeliveries: ReadDeliveries;
  readonly sendAnew: SendAnew;
  readonly now: () => number;
}): ReplayPage {
  const { readDeliveries, sendAnew, now } = dependencies;
  return async (job, page) => {
    const places = page.map((planned) => ({ ...placeOf(job, planned), round: planned.round }));
    const known = await readDeliveries(places);
    const failures: { delivery_id: string; reason: string }[] = [];
    const left = places.flatMap(({ deliveryId: delivery_id, round }, index) => {
      const { delivery, event } = known[index] ?? {};
      if (delivery === undefined) {
        failures.push({ delivery_id, reason: 'the log was cleared meanwhile' });
        return [];
      }
      if ((delivery.round ?? 0) >= round) return [];
      if (event === undefined) {
        failures.push({ delivery_id, reason: 'its event is no longer kept' });
        return [];
      }
      return { delivery, event, round };
    });
    const { dueMs, nextAt } = spreadOver(left.length, {
      nextAt: job.next_at,
      ratePerSecond: job.rate_per_second,
      nowMs: now(),
    });
    const done = page.length - failures.length;
    if (done > 0) {
      await sendAnew(
        { tenant: job.tenant, id: job.endpoint_id },
        left.map((each, index) => ({ ...each, dueMs: dueMs[index] ?? nextAt })),
      );
    }
    return { done, failures, nextAt };
  };
}
