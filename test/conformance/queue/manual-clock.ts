import type { StartTimer } from '../../../local/sqs/open-queues.ts';

/** A clock that stands still until it is told to advance. */
export interface ManualClock {
  readonly now: () => number;
  readonly after: StartTimer;
  /** Advances by so many seconds, running each timer at its time. */
  advance(seconds: number): void;
  timers(): number;
}

export function createManualClock(startAt = Date.UTC(2026, 10, 22)): ManualClock {
  let now = startAt;
  let timers: { readonly at: number; readonly run: () => void }[] = [];

  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(seconds) {
      const end = now + seconds * 1_000;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
    timers: () => timers.length,
  };
}
