import { assertNever } from './assert-never.ts';
import { retryAfterSecondsMax } from './limits.ts';
import { waitSecondsBefore } from './retry-schedule.ts';
import type { Retrying } from './retry-schedule.ts';

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
      /** The response header `webhook-delivery`. */
      readonly instruction?: string | undefined;
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

const jitterShare = 0.25;

/** No wait gets longer than this by jitter, in seconds: what matters is that not all come at the same moment. */
const jitterSecondsMax = 10 * 60;

/**
 * Adds up to a quarter to a wait, in whole seconds, since a queue delays by whole seconds.
 * @param random a number in [0, 1)
 */
export function addJitter(seconds: number, random: number): number {
  return seconds + Math.floor(random * (Math.min(Math.ceil(seconds * jitterShare), jitterSecondsMax) + 1));
}

/**
 * Seconds to wait before retry number `retry` (1 for the first) of the exponential schedule: 2, 4, 8 … and jitter.
 * @param random a number in [0, 1)
 */
export const backoffSeconds = (retry: number, random: number): number =>
  addJitter(waitSecondsBefore(retry, { retry_count: Infinity }) ?? 0, random);

/** Every form of an HTTP date begins with the day; Date.parse alone reads a date into `-5` and `soon, 2090` too. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;
/** The oldest form names no zone; Date.parse takes it for local time. */
const zone = /(?:GMT|UTC|[+-]\d{4})$/;

const parseHttpDate = (text: string): number =>
  httpDate.test(text) ? Date.parse(zone.test(text) ? text : `${text} GMT`) : Number.NaN;

/**
 * Seconds that a `Retry-After` header asks for, cut to a day; undefined when there is none to honour.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((parseHttpDate(text) - nowMs) / 1000);
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
  options: { retriesMade: number; retrying: Retrying; nowMs: number; random: number },
): Outcome {
  const retry = (minimumSeconds: number): Outcome => {
    const wait = waitSecondsBefore(options.retriesMade + 1, options.retrying);
    if (wait === undefined) return { state: 'exhausted' };
    return { state: 'retrying', delaySeconds: Math.max(addJitter(wait, options.random), minimumSeconds) };
  };
  switch (result.kind) {
    case 'answered':
      if (isSuccess(result.status)) return { state: 'delivered' };
      if (!isWorthRetrying(result.status) || readInstruction(result) !== undefined)
        return { state: 'refused' };
      return retry(parseRetryAfter(result.retryAfter, options.nowMs) ?? 0);
    case 'failed':
      return result.errorClass === 'blocked_address' ? { state: 'exhausted' } : retry(0);
    default:
      return assertNever(result);
  }
}

/** What a receiver asks for by the response header `webhook-delivery`. */
export type Instruction = 'disable' | 'abort-message';

/** Reads the header, whatever its case; undefined when it asks for nothing that we know. */
export function readInstruction(result: AttemptResult): Instruction | undefined {
  if (result.kind === 'failed') return undefined;
  const text = result.instruction?.trim().toLowerCase();
  return text === 'disable' || text === 'abort-message' ? text : undefined;
}

/** Why an answer disables the webhook at once; undefined when it does not. */
export function reasonToDisable(result: AttemptResult): string | undefined {
  if (result.kind === 'failed') return undefined;
  if (result.status === 410) return 'The receiver answered 410 Gone: it wants no more deliveries.';
  return readInstruction(result) === 'disable'
    ? 'The receiver answered with the header webhook-delivery: disable.'
    : undefined;
}

/**
 * For how long an answer asks all deliveries to its endpoint to slow down, in seconds: `minimumSeconds`, or the
 * `Retry-After` when it is longer. Undefined when it does not: 429, 502 and 504 do.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function slowDownSeconds(
  result: AttemptResult,
  minimumSeconds: number,
  nowMs: number,
): number | undefined {
  if (result.kind === 'failed' || ![429, 502, 504].includes(result.status)) return undefined;
  return Math.max(minimumSeconds, parseRetryAfter(result.retryAfter, nowMs) ?? 0);
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
