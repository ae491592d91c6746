/** What went wrong with one try of a request. */
export type Failure =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | undefined }
  /** No whole answer came. `reached`: the server may have done what was asked all the same. */
  | { readonly kind: 'broken'; readonly reached: boolean };

export interface RetryRules {
  /** Tries after the first. */
  readonly retries: number;
  /** Whether doing it twice is as good as once. */
  readonly isRepeatable: boolean;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

const firstWaitMs = 250;
const longestWaitMs = 10_000;
/** Who is asked to wait for longer should know rather than hang. */
export const retryAfterMsMax = 60_000;

/** What a gateway or a function answers when it could not do it just now. */
const passingStatuses = new Set([502, 503, 504]);

function mayRepeat(failure: Failure, isRepeatable: boolean): boolean {
  if (failure.kind === 'broken') return isRepeatable || !failure.reached;
  // A throttled request was not looked at.
  return failure.status === 429 || (isRepeatable && passingStatuses.has(failure.status));
}

/**
 * How many milliseconds to wait before a request is tried again, undefined to give up.
 * @param tries how often it was tried so far, from 1
 */
export function findRetryWait(
  failure: Failure,
  tries: number,
  { retries, isRepeatable, random }: RetryRules,
): number | undefined {
  if (tries > retries || !mayRepeat(failure, isRepeatable)) return undefined;
  const asked = failure.kind === 'answered' ? (failure.retryAfterMs ?? 0) : 0;
  if (asked > retryAfterMsMax) return undefined;
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1));
  return Math.max(asked, ceiling / 2 + (ceiling / 2) * random());
}

/**
 * Reads `Retry-After`: seconds, or a date. Undefined for anything else.
 * https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
