import type { Attempt } from './delivery.ts';
import { describeFailure } from './retry.ts';
import type { AttemptResult } from './retry.ts';

/** What the ledger keeps of one POST. */
export function toAttempt(result: AttemptResult, startedAtMs: number): Attempt {
  const error = describeFailure(result);
  return {
    at: new Date(startedAtMs).toISOString(),
    duration_ms: result.durationMs,
    ...(result.kind === 'answered'
      ? { status: result.status, response_body: result.body }
      : { error_class: result.errorClass }),
    ...(error === undefined ? {} : { error }),
  };
}
