/** Runs `run` once after `delayMs` milliseconds, unless the answered function was called before. */
export type StartTimer = (delayMs: number, run: () => void) => () => void;

/** The machine's own timers. */
export const startTimer: StartTimer = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};
