/** What tells how many workers the runs at the queue are worth. */
export interface Backlog {
  /** Runs that wait for a worker. */
  readonly waiting: number;
  /** Those, and the ones that workers have in hand. */
  readonly left: number;
  /** Scripts that one worker ended within so many milliseconds, at most a minute. */
  readonly ended: number;
  readonly withinMs: number;
  /** Scripts that it runs at a time. */
  readonly concurrency: number;
}

/** What waits is to be begun within this, which is about what a new worker takes to come up. */
export const targetMs = 60_000;

/** So many workers in all that what waits is begun within a minute, and no more than have something to do. */
export function workersForBacklog({ waiting, left, ended, withinMs, concurrency }: Backlog): number {
  // Of those that run now each may end within the minute: that they take long shows only by and by.
  const mayEnd = concurrency * Math.max(0, 1 - withinMs / targetMs);
  const endedByOne = ((ended + mayEnd) * targetMs) / Math.max(withinMs, 1);
  const toBeInTime = Math.ceil(waiting / endedByOne);
  const toBeBusy = Math.ceil(left / concurrency);
  return waiting === 0 ? 1 : Math.max(1, Math.min(toBeInTime, toBeBusy));
}

/** What a worker is taken to end within a minute before anything is known of the scripts. */
const endedByNew = 60;

/** Workers for runs that were just queued. */
export const workersForNew = (queued: number): number => Math.max(1, Math.ceil(queued / endedByNew));
