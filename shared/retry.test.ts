import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noonMs } from '../test/builders/an-event.ts';
import { retryAfterSecondsMax } from './limits.ts';
import {
  backoffSeconds,
  decideOutcome,
  describeFailure,
  errorClasses,
  isSuccess,
  parseRetryAfter,
} from './retry.ts';
import type { AttemptResult, ErrorClass } from './retry.ts';

const answered = (status: number, retryAfter?: string): AttemptResult => ({
  kind: 'answered',
  status,
  retryAfter,
  body: '',
  durationMs: 1,
});
const failed = (errorClass: ErrorClass): AttemptResult => ({
  kind: 'failed',
  errorClass,
  message: 'why',
  durationMs: 1,
});
const first = { retriesMade: 0, retryCount: 3, nowMs: noonMs, random: 0 };
const last = { ...first, retriesMade: 3 };

describe('an answer', () => {
  test.each([200, 201, 202, 204, 226, 299])(
    'of %i delivers, at the first attempt and at the last',
    (status) => {
      expect(decideOutcome(answered(status), first)).toEqual({ state: 'delivered' });
      expect(decideOutcome(answered(status), last)).toEqual({ state: 'delivered' });
    },
  );

  test.each([
    300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 410, 413, 422, 425, 451, 499,
  ])('of %i is final', (status) => {
    expect(decideOutcome(answered(status), first)).toEqual({ state: 'refused' });
    expect(decideOutcome(answered(status), last)).toEqual({ state: 'refused' });
  });

  test.each([429, 500, 501, 502, 503, 504, 507, 529, 599])(
    'of %i is retried until the last attempt',
    (status) => {
      expect(decideOutcome(answered(status), first)).toEqual({ state: 'retrying', delaySeconds: 2 });
      expect(decideOutcome(answered(status), last)).toEqual({ state: 'exhausted' });
    },
  );

  test.each([[199], [300], [0]])('of %i is no success', (status) => {
    expect(isSuccess(status)).toBe(false);
  });
});

describe('an attempt without an answer', () => {
  const retried = errorClasses.filter((errorClass) => errorClass !== 'blocked_address');
  test.each(retried)('because of %s is retried until the last attempt', (errorClass) => {
    expect(decideOutcome(failed(errorClass), first)).toEqual({ state: 'retrying', delaySeconds: 2 });
    expect(decideOutcome(failed(errorClass), last)).toEqual({ state: 'exhausted' });
  });

  test('because its address is blocked is not retried: nothing will change by itself', () => {
    expect(decideOutcome(failed('blocked_address'), first)).toEqual({ state: 'exhausted' });
  });
});

describe('the schedule', () => {
  test.each([
    [1, 2],
    [2, 4],
    [3, 8],
    [4, 16],
    [16, 65_536],
    [17, 86_400],
    [20, 86_400],
  ])('waits before retry %i at least %i s', (retry, seconds) => {
    expect(backoffSeconds(retry, 0)).toBe(seconds);
  });

  const retries = fc.integer({ min: 1, max: 20 });
  const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test('waits whole seconds, at least the base and at most a quarter more, rounded up', () => {
    fc.assert(
      fc.property(retries, randoms, (retry, random) => {
        const base = backoffSeconds(retry, 0);
        const seconds = backoffSeconds(retry, random);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(base);
        expect(seconds).toBeLessThanOrEqual(base + Math.ceil(base / 4));
      }),
    );
  });

  test('reaches its longest wait: the jitter is spread over the whole quarter', () => {
    expect(backoffSeconds(3, 0.999_999)).toBe(10);
  });

  test('ends after retry_count retries, whatever is answered', () => {
    const results = fc.oneof(
      fc.integer({ min: 100, max: 599 }).map((status) => answered(status)),
      fc.constantFrom(...errorClasses).map(failed),
    );
    fc.assert(
      fc.property(fc.infiniteStream(results), fc.integer({ min: 0, max: 20 }), (stream, retryCount) => {
        let attempts = 0;
        for (const result of stream) {
          const outcome = decideOutcome(result, { ...first, retriesMade: attempts, retryCount });
          attempts++;
          if (outcome.state !== 'retrying') break;
        }
        expect(attempts).toBeLessThanOrEqual(retryCount + 1);
      }),
    );
  });

  test('never waits less than Retry-After asks for, up to a day', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 * retryAfterSecondsMax }), retries, randoms, (seconds, retry, random) => {
        const outcome = decideOutcome(answered(429, String(seconds)), {
          ...first,
          retriesMade: retry - 1,
          retryCount: 20,
          random,
        });
        expect(outcome).toEqual({
          state: 'retrying',
          delaySeconds: Math.max(backoffSeconds(retry, random), Math.min(seconds, retryAfterSecondsMax)),
        });
      }),
    );
  });
});

describe('Retry-After', () => {
  test.each([
    ['120', 120],
    [' 7 ', 7],
    ['0', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['+5', undefined],
    ['0x10', undefined],
    ['99999999999', retryAfterSecondsMax],
    ['9'.repeat(400), retryAfterSecondsMax],
    ['Sun, 22 Nov 2026 12:01:00 GMT', 60],
    ['Sunday, 22-Nov-26 12:01:00 GMT', 60],
    ['Sun, 22 Nov 2026 11:59:00 GMT', undefined],
    ['Fri, 31 Dec 9999 23:59:59 GMT', retryAfterSecondsMax],
    ['', undefined],
    ['soon', undefined],
    ['soon, 2090', undefined],
    ['2090-01-01', undefined],
    ['Sun, the thirtieth', undefined],
    [undefined, undefined],
  ])('%j asks for %j s', (header, seconds) => {
    expect(parseRetryAfter(header, noonMs)).toBe(seconds);
  });

  test('is a whole number of seconds between 1 and a day, or nothing, whatever a receiver sends', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const seconds = parseRetryAfter(header, noonMs) ?? 1;
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= retryAfterSecondsMax).toBe(true);
      }),
    );
  });

  test('waits past a date between two seconds', () => {
    expect(parseRetryAfter('Sun, 22 Nov 2026 12:01:00 GMT', noonMs + 1)).toBe(60);
  });
});

describe('describeFailure', () => {
  test.each<[AttemptResult, string | undefined]>([
    [answered(204), undefined],
    [answered(404), 'HTTP 404'],
    [answered(307), "HTTP 307: redirects are not followed; set the webhook's url to the final address"],
    [failed('timeout'), 'timeout: why'],
  ])('%j: %s', (result, line) => {
    expect(describeFailure(result)).toBe(line);
  });
});
