import { assertNever } from './assert-never.ts';
import { cutText } from './cut-text.ts';
import type { Attempt, DeliveryState } from './delivery.ts';
import { outputBytesMax } from './limits.ts';

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
 * The state that a run ends in. A script's own failure is final: it may have done half its work, so only its
 * author knows whether running it again is safe.
 */
export function stateAfterRun(result: RunResult, attempts: readonly Attempt[]): DeliveryState {
  if (result.kind === 'stopped') return stateAfterWorkerStop(attempts);
  return result.kind === 'exited' && result.exitCode === 0 ? 'delivered' : 'exhausted';
}

export function statusOf(result: RunResult): RunStatus {
  if (result.kind === 'timed_out') return 'timeout';
  return result.kind === 'exited' && result.exitCode === 0 ? 'success' : 'failed';
}
