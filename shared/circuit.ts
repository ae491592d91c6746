import * as z from 'zod';

/** An endpoint that is left alone for a while: its deliveries wait, then one of them probes it. */
export const circuitSchema = z.object({
  /** Epoch milliseconds. */
  until: z.number(),
  /** How many probes in a row have failed. */
  level: z.int(),
  reason: z.enum(['failing', 'slowed_down']),
});
export type Circuit = z.infer<typeof circuitSchema>;

/** Failed attempts in a row that open a circuit. */
export const failuresToOpen = 10;

/**
 * They open it only when the endpoint has failed for as long, in milliseconds: deliveries go out side by side, so a
 * blip of a moment fails ten of them at once.
 */
export const failingMsToOpen = 5_000;

/** Deliveries a second while an endpoint that was left alone works off what waited for it, and for how long. */
export const drainPerSecond = 50;
export const drainMs = 30_000;

const waits = {
  failing: { firstMs: 10_000, longestMs: 5 * 60_000 },
  slowed_down: { firstMs: 1_000, longestMs: 60_000 },
} as const;

/** Attempts in a row that failed; times are epoch milliseconds. */
export interface FailureStreak {
  readonly failures: number;
  /** When the first of them was written down. */
  readonly since: number;
  /** When the last of them ended. */
  readonly lastAt: number;
}

/**
 * Whether a streak of failures opens a circuit. It is measured from when its first failure was written, not made: a
 * failure that another sender writes late must not reach back over the successes that were written before it.
 */
export function isFailing({ failures, since, lastAt }: FailureStreak, nowMs: number): boolean {
  if (failures < failuresToOpen) return false;
  // From a time to come when a clock was set back: nobody knows how long it has failed.
  const isOfUnknownAge = since - nowMs >= failingMsToOpen;
  return isOfUnknownAge || Math.min(lastAt, nowMs) - since >= failingMsToOpen;
}

/**
 * Opens a circuit, or keeps one open after a failed probe: each time for twice as long.
 * @param before the circuit that the failed probe met
 * @param atLeastMs what the endpoint asked for by `Retry-After`
 */
export function openCircuit(
  reason: Circuit['reason'],
  before: Circuit | undefined,
  atLeastMs: number,
  nowMs: number,
): Circuit {
  const level = before === undefined ? 0 : before.level + 1;
  const { firstMs, longestMs } = waits[reason];
  return {
    until: nowMs + Math.max(Math.min(firstMs * 2 ** level, longestMs), atLeastMs),
    level,
    reason,
  };
}
