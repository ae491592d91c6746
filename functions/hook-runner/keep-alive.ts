import type { RunQueue } from '../../shared/aws/hook-run-queue.ts';
import type { WorkerLease } from '../../shared/aws/hook-worker-lease.ts';
import { leaseRefreshMs } from '../../shared/hook-run-lease.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Pause } from './insist.ts';
import type { OutageWatch } from './watch-outage.ts';

interface Dependencies {
  readonly lease: Pick<WorkerLease, 'refresh'>;
  readonly queue: Pick<RunQueue, 'hold'>;
  /** The receipt handles of the messages in hand. */
  readonly held: () => readonly string[];
  /** Whether the worker relies on its lease: not while it takes its leave, nor after it lost it. */
  readonly needsLease: () => boolean;
  readonly onLeaseLost: () => void;
  readonly tableOutage: OutageWatch;
  readonly queueOutage: OutageWatch;
  readonly pause: Pause;
  readonly log: Log;
}

const retryMs = 5_000;

/**
 * Renews the lease and keeps the messages of running scripts out of other hands, until `done`.
 * Throws `OutageError` when that failed for so long that both may be lost.
 */
export async function keepAlive(dependencies: Dependencies, done: AbortSignal): Promise<void> {
  const { lease, queue, held, needsLease, onLeaseLost, tableOutage, queueOutage, pause, log } = dependencies;

  const attempt = async (outage: OutageWatch, call: () => Promise<void>): Promise<boolean> => {
    try {
      await call();
      outage.succeeded();
      return true;
    } catch (error) {
      log.warn('worker could not renew its hold', { error });
      outage.failed(error);
      return false;
    }
  };
  const refresh = async (): Promise<void> => {
    if (needsLease() && !(await lease.refresh()) && needsLease()) onLeaseLost();
  };
  const hold = async (): Promise<void> => {
    const handles = held();
    const refused = handles.length > 0 ? await queue.hold(handles) : [];
    // A run may have ended, and its message gone, while the call was under way.
    const lost = refused.filter((handle) => held().includes(handle));
    if (lost.length > 0) log.warn('messages in hand are no longer held', { count: lost.length });
  };

  let pauseMs = leaseRefreshMs;
  while (!done.aborted) {
    await pause(pauseMs, done);
    if (done.aborted) return;
    const [refreshed, kept] = await Promise.all([attempt(tableOutage, refresh), attempt(queueOutage, hold)]);
    pauseMs = refreshed && kept ? leaseRefreshMs : retryMs;
  }
}
