import type { RunQueue } from '../../shared/aws/hook-run-queue.ts';
import { targetMs, workersForBacklog } from '../../shared/hook-workers-wanted.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Pause } from './insist.ts';

interface Dependencies {
  readonly queue: Pick<RunQueue, 'count'>;
  /** Whether any run is in hand. */
  readonly isWorking: () => boolean;
  /** Scripts that have ended so far. */
  readonly countEnded: () => number;
  readonly concurrency: number;
  /** Asks for so many workers in all. */
  readonly askForWorkers: (count: number) => Promise<void>;
  readonly pause: Pause;
  readonly now: () => number;
  readonly log: Log;
}

const lookMs = 5_000;

/** Looks, while the worker works, how much waits behind it, and asks for more workers when it can't keep up. */
export async function watchBacklog(dependencies: Dependencies, done: AbortSignal): Promise<void> {
  const { queue, isWorking, countEnded, concurrency, askForWorkers, pause, now, log } = dependencies;
  /** The oldest first; the pace is measured from there. */
  const looks = [{ atMs: now(), ended: countEnded() }];

  const look = async (since: { readonly atMs: number; readonly ended: number }): Promise<void> => {
    const { waiting, left } = await queue.count();
    const count = workersForBacklog({
      waiting,
      left,
      ended: countEnded() - since.ended,
      withinMs: now() - since.atMs,
      concurrency,
    });
    if (count <= 1) return;
    log.info('more workers wanted', { count, reason: `${waiting} runs wait` });
    await askForWorkers(count);
  };

  while (!done.aborted) {
    await pause(lookMs, done);
    if (done.aborted) return;
    const [oldest] = looks;
    if (oldest !== undefined && isWorking()) {
      // The next look says it again.
      await look(oldest).catch((error: unknown) => log.warn('no more workers asked for', { error }));
    } else {
      // What it did not do while idle says nothing of its pace.
      looks.length = 0;
    }
    looks.push({ atMs: now(), ended: countEnded() });
    while (looks.length > 1 && now() - (looks[0]?.atMs ?? 0) > targetMs) looks.shift();
  }
}
