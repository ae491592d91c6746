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
  readInstruction,
  reasonToDisable,
  slowDownSeconds,
} from './retry.ts';
import type { AttemptResult, ErrorClass } from './retry.ts';
import { waitSecondsBefore } from './retry-schedule.ts';
import type { Retrying } from './retry-schedule.ts';

const answered = (status: number, retryAfter?: string, instruction?: string): AttemptResult => ({
  kind: 'answered',
  status,
  retryAfter,
  instruction,
  body: '',
  durationMs: 1,
});
const failed = (errorClass: ErrorClass): AttemptResult => ({
  kind: 'failed',
  errorClass,
  message: 'why',
  durationMs: 1,
});
const first = { retriesMade: 0, retrying: { retry_count: 3 }, nowMs: noonMs, random: 0 };
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
  const retryings = fc.record({
    retry_count: fc.integer({ min: 0, max: 20 }),
    retry_schedule: fc
      .constantFrom(undefined, 'exponential', 'standard')
      .chain<Retrying['retry_schedule']>((named) =>
        fc.oneof(fc.constant(named), fc.array(fc.integer({ min: 0, max: 86_400 }), { maxLength: 20 })),
      ),
  });
  const retriesOf = ({ retry_schedule, retry_count }: Retrying): number => {
    if (Array.isArray(retry_schedule)) return retry_schedule.length;
    return retry_schedule === 'standard' ? 9 : retry_count;
  };

  test('waits whole seconds, at least the base and at most a quarter more, rounded up', () => {
    fc.assert(
      fc.property(retries, randoms, (retry, random) => {
        const base = backoffSeconds(retry, 0);
        const seconds = backoffSeconds(retry, random);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(base);
        expect(seconds).toBeLessThanOrEqual(base + Math.min(Math.ceil(base / 4), 600));
      }),
    );
  });

  test('reaches its longest wait: the jitter is spread over the whole quarter', () => {
    expect(backoffSeconds(3, 0.999_999)).toBe(10);
  });

  const results = fc.oneof(
    fc
      .tuple(
        fc.integer({ min: 100, max: 599 }),
        fc.option(fc.string(), { nil: undefined }),
        fc.option(fc.string(), { nil: undefined }),
      )
      .map(([status, retryAfter, instruction]) => answered(status, retryAfter, instruction)),
    fc.constantFrom(...errorClasses).map(failed),
  );

  test('ends after its last retry, whatever is answered', () => {
    fc.assert(
      fc.property(fc.infiniteStream(results), retryings, (stream, retrying) => {
        let attempts = 0;
        for (const result of stream) {
          const outcome = decideOutcome(result, { ...first, retriesMade: attempts, retrying });
          attempts++;
          if (outcome.state !== 'retrying') break;
        }
        expect(attempts).toBeLessThanOrEqual(retriesOf(retrying) + 1);
      }),
    );
  });

  test('is used up by a receiver that keeps failing: no retry of it is left out', () => {
    fc.assert(
      fc.property(retryings, (retrying) => {
        let attempts = 0;
        let outcome;
        do {
          outcome = decideOutcome(failed('timeout'), { ...first, retriesMade: attempts++, retrying });
        } while (outcome.state === 'retrying');
        expect({ attempts, state: outcome.state }).toEqual({
          attempts: retriesOf(retrying) + 1,
          state: 'exhausted',
        });
      }),
    );
  });

  test('waits whole seconds within its bounds: never less than it says, and at most a quarter or ten minutes more', () => {
    fc.assert(
      fc.property(
        results,
        retryings,
        fc.nat({ max: 25 }),
        randoms,
        (result, retrying, retriesMade, random) => {
          const outcome = decideOutcome(result, { ...first, retriesMade, retrying, random });
          if (outcome.state !== 'retrying') return;
          const wait = waitSecondsBefore(retriesMade + 1, retrying) ?? Number.NaN;
          const asked = result.kind === 'answered' ? (parseRetryAfter(result.retryAfter, noonMs) ?? 0) : 0;
          const { delaySeconds } = outcome;
          expect(Number.isInteger(delaySeconds)).toBe(true);
          expect(delaySeconds).toBeGreaterThanOrEqual(Math.max(wait, asked));
          expect(delaySeconds).toBeLessThanOrEqual(
            Math.max(wait + Math.min(Math.ceil(wait / 4), 600), asked),
          );
        },
      ),
    );
  });

  test('never waits less than Retry-After asks for, up to a day', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 * retryAfterSecondsMax }), retries, randoms, (seconds, retry, random) => {
        const outcome = decideOutcome(answered(429, String(seconds)), {
          ...first,
          retriesMade: retry - 1,
          retrying: { retry_count: 20 },
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
    ['Sun Nov 22 12:01:00 2026', 60],
    ['Sun, 22 Nov 2026 12:01:00', 60],
    ['Sun, 22 Nov 2026 13:01:00 +0100', 60],
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

  test('is read the same wherever the reader’s clock stands', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Pacific/Auckland';
    try {
      expect(parseRetryAfter('Sun Nov 22 12:01:00 2026', noonMs)).toBe(60);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
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

describe('the response header webhook-delivery', () => {
  test.each<[string | undefined, string | undefined]>([
    ['disable', 'disable'],
    ['DISABLE', 'disable'],
    ['  Disable\t', 'disable'],
    ['abort-message', 'abort-message'],
    [' Abort-Message ', 'abort-message'],
    ['abort', undefined],
    ['disable, abort-message', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j means %s', (header, instruction) => {
    expect(readInstruction(answered(500, undefined, header))).toBe(instruction);
  });

  test.each([429, 500, 502, 503])('ends a delivery that %i would have tried again', (status) => {
    for (const header of ['disable', ' ABORT-MESSAGE ']) {
      expect(decideOutcome(answered(status, '30', header), first)).toEqual({ state: 'refused' });
    }
  });

  test('on a success does not make it a failure, and still disables', () => {
    const result = answered(204, undefined, ' DISABLE ');
    expect(decideOutcome(result, first)).toEqual({ state: 'delivered' });
    expect(reasonToDisable(result)).toMatch(/webhook-delivery: disable/);
  });

  test('that says something else changes nothing', () => {
    expect(decideOutcome(answered(500, undefined, 'retry'), first)).toMatchObject({ state: 'retrying' });
  });
});

test.each<[AttemptResult, RegExp | undefined]>([
  [answered(410), /410 Gone/],
  [answered(410, undefined, 'abort-message'), /410 Gone/],
  [answered(200, undefined, 'disable'), /webhook-delivery: disable/],
  [answered(500, undefined, 'disable'), /webhook-delivery: disable/],
  [answered(500, undefined, 'abort-message'), undefined],
  [answered(404), undefined],
  [answered(503), undefined],
  [failed('timeout'), undefined],
])('the answer %j disables the webhook: %s', (result, reason) => {
  const told = reasonToDisable(result);
  if (reason === undefined) expect(told).toBeUndefined();
  else expect(told).toMatch(reason);
});

test.each<[AttemptResult, number | undefined]>([
  [answered(429), 5],
  [answered(502), 5],
  [answered(504), 5],
  [answered(429, '3'), 5],
  [answered(429, '30'), 30],
  [answered(504, 'Sun, 22 Nov 2026 12:01:00 GMT'), 60],
  [answered(429, '999999999'), retryAfterSecondsMax],
  [answered(200, '30'), undefined],
  [answered(500, '30'), undefined],
  [answered(503, '30'), undefined],
  [failed('timeout'), undefined],
])('the answer %j slows its endpoint down for %s s', (result, seconds) => {
  expect(slowDownSeconds(result, 5, noonMs)).toBe(seconds);
});
