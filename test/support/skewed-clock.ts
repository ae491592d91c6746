import type { StackClock } from '../../local/start-stack.ts';

/** A clock that can be set wrong. */
export interface SkewedClock extends StackClock {
  /** Sets it forwards or, below 0, backwards. Forwards, what timers wait for comes as much sooner. */
  readonly jump: (ms: number) => void;
  /** How far it is from the machine's, in milliseconds. */
  readonly skewMs: () => number;
}

/** The machine's clock, until it jumps. */
export function createSkewedClock(): SkewedClock {
  const machineNow = Date.now;
  let skewMs = 0;
  const timers = new Set<{ timer: NodeJS.Timeout; dueAt: number; readonly run: () => void }>();
  const now = (): number => machineNow() + skewMs;
  return {
    now,
    after: (delayMs, run) => {
      const planned = {
        dueAt: now() + delayMs,
        run: () => {
          timers.delete(planned);
          run();
        },
        timer: setTimeout(() => planned.run(), delayMs),
      };
      timers.add(planned);
      return () => {
        clearTimeout(planned.timer);
        timers.delete(planned);
      };
    },
    jump: (ms) => {
      skewMs += ms;
      if (ms <= 0) return;
      for (const planned of timers) {
        clearTimeout(planned.timer);
        planned.timer = setTimeout(planned.run, Math.max(0, planned.dueAt - now()));
      }
    },
    skewMs: () => skewMs,
  };
}
