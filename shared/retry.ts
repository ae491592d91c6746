import { assertNever } from './assert-never.ts';
import { retryAfterSecondsMax } from './limits.ts';

/** Why an attempt got no answer. */
export const errorClasses = [
  'dns_error',
  'connection_refused',
  'connection_reset',
  'timeout',
  'tls_error',
  'blocked_address',
  'invalid_response',
  'connection_error',
] as const;
export type ErrorClass = (typeof errorClasses)[number];

/** What one POST came to. */
export type AttemptResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly body: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly errorClass: ErrorClass;
      readonly message: string;
      readonly durationMs: number;
    };

/** What follows from an attempt. */
export type Outcome =
  | { readonly state: 'delivered' }
  | { readonly state: 'retrying'; readonly delaySeconds: number }
  /** Every attempt that the schedule allows was made, or another one cannot help. */
  | { readonly state: 'exhausted' }
  /** The receiver answered, and its answer is final. */
  | { readonly state: 'refused' };

const backoffSecondsFirst = 2;
const backoffSecondsMax = 24 * 60 * 60;
const jitterShare = 0.25;

/**
 * Seconds to wait before retry number `retry` (1 for the first): 2, 4, 8 … and up to a quarter more, in whole
 * seconds, since a queue delays by whole seconds.
 * @param random a number in [0, 1)
 */
export function backoffSeconds(retry: number, random: number): number {
  const base = Math.min(backoffSecondsFirst * 2 ** (retry - 1), backoffSecondsMax);
  return base + Math.floor(random * (Math.ceil(base * jitterShare) + 1));
}

/** Every form of an HTTP date begins with the day; Date.parse alone reads a date into `-5` and `soon, 2090` too. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Seconds that a `Retry-After` header asks for, cut to a day; undefined when there is none to honour.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const dateMs = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((dateMs - nowMs) / 1000);
  return seconds > 0 ? Math.min(seconds, retryAfterSecondsMax) : undefined;
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const isWorthRetrying = (status: number): boolean => status === 429 || status >= 500;

/**
 * Decides what follows from an attempt.
 * @param options.retriesMade retries before this attempt: 0 after the first POST
 */
export function decideOutcome(
  result: AttemptResult,
  options: { retriesMade: number; retryCount: number; nowMs: number; random: number },
): Outcome {
  const retry = (minimumSeconds: number): Outcome =>
    options.retriesMade >= options.retryCount
      ? { state: 'exhausted' }
      : {
          state: 'retrying',
          delaySeconds: Math.max(backoffSeconds(options.retriesMade + 1, options.random), minimumSeconds),
        };
  switch (result.kind) {
    case 'answered':
      if (isSuccess(result.status)) return { state: 'delivered' };
      if (!isWorthRetrying(result.status)) return { state: 'refused' };
      return retry(parseRetryAfter(result.retryAfter, options.nowMs) ?? 0);
    case 'failed':
      return result.errorClass === 'blocked_address' ? { state: 'exhausted' } : retry(0);
    default:
      return assertNever(result);
  }
}

/** One line that says why an attempt was no success; undefined when it was one. */
export function describeFailure(result: AttemptResult): string | undefined {
  if (result.kind === 'failed') return `${result.errorClass}: ${result.message}`;
  if (isSuccess(result.status)) return undefined;
  if (result.status >= 300 && result.status < 400) {
    return `HTTP ${result.status}: redirects are not followed; set the webhook's url to the final address`;
  }
  return `HTTP ${result.status}`;
}
