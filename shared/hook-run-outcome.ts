import { assertNever } from './assert-never.ts';
import { cutText } from './cut-text.ts';
import type { Attempt } from './delivery.ts';
import { outputBytesMax } from './limits.ts';
import { waitSecondsBefore } from './retry-schedule.ts';
import type { Retrying } from './retry-schedule.ts';
import { addJitter } from './retry.ts';

/** The first bytes of an output stream: at least one more than the ledger keeps where there were more. */
export interface RunOutput {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** How one run of a script ended. */
export type RunResult = RunOutput & { readonly durationMs: number } & (
    | { readonly kind: 'exited'; readonly exitCode: number }
    | { readonly kind: 'killed'; readonly signal: string }
    | { readonly kind: 'timed_out'; readonly timeoutSeconds: number }
    /** The kernel did not start it; `problem` says why. */
    | { readonly kind: 'not_started'; readonly problem: string }
    /** The worker ended it because it has to end itself. */
    | { readonly kind: 'stopped' }
  );

/** What a hook's `last_status` says. */
export type RunStatus = 'success' | 'failed' | 'timeout';

/** Attempts of a run that its worker did not survive carry this class. */
export const workerStopped = 'worker_stopped';

/** A run whose worker died this often is not begun again: it may well be what kills them. */
export const workerStopsMax = 3;

function describeEnd(result: RunResult): Pick<Attempt, 'exit_code' | 'error' | 'error_class'> {
  switch (result.kind) {
    case 'exited':
      return result.exitCode === 0
        ? { exit_code: 0 }
        : { exit_code: result.exitCode, error: `exit code ${result.exitCode}`, error_class: 'exit_code' };
    case 'killed':
      return { error: `killed by ${result.signal}`, error_class: 'killed' };
    case 'timed_out':
      return { error: `timeout after ${result.timeoutSeconds} s`, error_class: 'timeout' };
    case 'not_started':
      return { error: result.problem, error_class: 'not_started' };
    case 'stopped':
      return {
        error: 'worker stopped: it had to end before the script did',
        error_class: workerStopped,
      };
    default:
      return assertNever(result);
  }
}

/** What the ledger keeps of one run. */
export function toRunAttempt(result: RunResult, startedAtMs: number): Attempt {
  const stdout = cutText(result.stdout, outputBytesMax);
  const stderr = cutText(result.stderr, outputBytesMax);
  return {
    at: new Date(startedAtMs).toISOString(),
    duration_ms: result.durationMs,
    ...describeEnd(result),
    stdout: stdout.text,
    stderr: stderr.text,
    stdout_truncated: stdout.truncated,
    stderr_truncated: stderr.truncated,
  };
}

/** The attempt that a run came to whose worker died without a word. */
export const toWorkerStopAttempt = (startedAt: string, reason: string, nowMs: number): Attempt => ({
  at: startedAt,
  duration_ms: Math.max(0, nowMs - Date.parse(startedAt)),
  error: `worker stopped: ${reason}`,
  error_class: workerStopped,
});

/** Whether a run whose worker ended is begun again, after the attempts made so far. */
export const stateAfterWorkerStop = (attempts: readonly Attempt[]): 'retrying' | 'exhausted' =>
  attempts.filter(({ error_class }) => error_class === workerStopped).length < workerStopsMax
    ? 'retrying'
    : 'exhausted';

/** What a hook's `last_status` says of a run that no worker survived. */
export const statusAfterWorkerStop: RunStatus = 'failed';

/**
 * What a script says by its exit code beside 0, in the words of sysexits: EX_TEMPFAIL asks for another try by the
 * hook's schedule, EX_CONFIG stops and disables the hook.
 * https://man.freebsd.org/cgi/man.cgi?query=sysexits
 */
export const exitCodes = { tryAgain: 75, disable: 78 } as const;

/** What follows from a run. */
export type RunOutcome =
  | { readonly state: 'delivered' | 'exhausted' }
  /** The worker has to end: another one runs it at once. */
  | { readonly state: 'handed_back' }
  | { readonly state: 'retrying'; readonly delaySeconds: number }
  /** The script wants no more runs. */
  | { readonly state: 'refused' };

/**
 * Decides what follows from a run. A failure is final unless the script itself asks for another try: it may have
 * done half its work, so only its author knows whether running it again is safe.
 * @param options.attempts all that were made, this one the last
 * @param options.retriesMade retries of the schedule before this one: 0 after the first run
 * @param options.retrying the hook's schedule; undefined for a test, which is run once
 * @param options.random a number in [0, 1)
 */
export function decideRunOutcome(
  result: RunResult,
  options: {
    attempts: readonly Attempt[];
    retriesMade: number;
    retrying: Retrying | undefined;
    random: number;
  },
): RunOutcome {
  if (result.kind === 'stopped') {
    return { state: stateAfterWorkerStop(options.attempts) === 'retrying' ? 'handed_back' : 'exhausted' };
  }
  if (result.kind !== 'exited') return { state: 'exhausted' };
  switch (result.exitCode) {
    case 0:
      return { state: 'delivered' };
    case exitCodes.tryAgain: {
      const { retrying, retriesMade } = options;
      const wait = retrying === undefined ? undefined : waitSecondsBefore(retriesMade + 1, retrying);
      if (wait === undefined) return { state: 'exhausted' };
      return { state: 'retrying', delaySeconds: addJitter(wait, options.random) };
    }
    case exitCodes.disable:
      return { state: 'refused' };
    default:
      return { state: 'exhausted' };
  }
}

export function statusOf(result: RunResult): RunStatus {
  if (result.kind === 'timed_out') return 'timeout';
  return result.kind === 'exited' && result.exitCode === 0 ? 'success' : 'failed';
}
