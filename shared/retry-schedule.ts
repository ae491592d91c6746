import * as z from 'zod';
import { retryScheduleSecondsMax, webhookRetryCountMax } from './limits.ts';

/**
 * When a failed delivery is tried again: `exponential` (2, 4, 8 s and so on, `retry_count` times), `standard` (the
 * example schedule of Standard Webhooks), or the seconds to wait before each retry.
 */
export const retryScheduleSchema = z.union([
  z.enum(['exponential', 'standard']),
  z
    .array(z.int().min(0).max(retryScheduleSecondsMax))
    .max(webhookRetryCountMax)
    .refine((seconds) => seconds.reduce((sum, each) => sum + each, 0) <= retryScheduleSecondsMax, {
      message: `must add up to at most ${retryScheduleSecondsMax} seconds (3 days)`,
    }),
]);
export type RetrySchedule = z.infer<typeof retryScheduleSchema>;

const minute = 60;
const hour = 60 * minute;

/**
 * The first attempt is made at once; these are the waits before each retry, 76 hours in all.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#retry-schedule
 */
const standardSeconds: readonly number[] = [
  5,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

const backoffSecondsFirst = 2;
const backoffSecondsMax = 24 * hour;

/** Who retries, and how often. */
export interface Retrying {
  /** `exponential` unless told. */
  readonly retry_schedule?: RetrySchedule | undefined;
  /** Retries of the exponential schedule. */
  readonly retry_count: number;
}

/**
 * Seconds to wait before retry number `retry` (1 for the first), without jitter; undefined when the schedule has no
 * such retry.
 */
export function waitSecondsBefore(
  retry: number,
  { retry_schedule, retry_count }: Retrying,
): number | undefined {
  if (Array.isArray(retry_schedule)) return retry_schedule[retry - 1];
  if (retry_schedule === 'standard') return standardSeconds[retry - 1];
  return retry > retry_count
    ? undefined
    : Math.min(backoffSecondsFirst * 2 ** (retry - 1), backoffSecondsMax);
}
