import type { HookMessage } from './delivery.ts';
import { queueDelaySecondsMax } from './limits.ts';

type Position = Pick<HookMessage, 'round' | 'retry'>;

/** Whether a run has come further than another of the same event and hook: by rounds, and by retries within one. */
export function isFurther(run: Position, other: Position): boolean {
  const rounds = (run.round ?? 0) - (other.round ?? 0);
  return rounds === 0 ? (run.retry ?? 0) > (other.retry ?? 0) : rounds > 0;
}

/** The message of the retry that follows a run. */
export const nextRetry = (message: HookMessage): HookMessage => ({
  ...message,
  retry: (message.retry ?? 0) + 1,
});

/**
 * The queue message of a run that is due at `dueMs`, epoch milliseconds: as late as a queue can delay it, and with
 * the time in it where that is not late enough.
 */
export function delayRun(message: HookMessage, dueMs: number, nowMs: number) {
  const seconds = Math.max(0, Math.ceil((dueMs - nowMs) / 1000));
  const { not_before: _before, ...fields } = message;
  const delayed: HookMessage = seconds > queueDelaySecondsMax ? { ...fields, not_before: dueMs } : fields;
  return {
    body: JSON.stringify(delayed),
    groupId: message.hook_id,
    delaySeconds: Math.min(seconds, queueDelaySecondsMax),
  };
}
