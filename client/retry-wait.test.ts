import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRetryWait, readRetryAfter, retryAfterMsMax } from './retry-wait.ts';
import type { Failure } from './retry-wait.ts';

const answered = (status: number, retryAfterMs?: number): Failure => ({
  kind: 'answered',
  status,
  retryAfterMs,
});
const rules = (isRepeatable: boolean) => ({ retries: 3, isRepeatable, random: () => 1 });

describe('a request is tried again', () => {
  test.each<[string, Failure, boolean, boolean]>([
    ['throttled, whatever it does', answered(429), false, true],
    ['throttled', answered(429), true, true],
    ['unavailable', answered(503), true, true],
    ['unavailable, and may have been done', answered(503), false, false],
    ['answered by a gateway in its place', answered(504), true, true],
    ['a bug of the server', answered(500), true, false],
    ['wrong', answered(422), true, false],
    ['without the scope', answered(403), true, false],
    ['not sent', { kind: 'broken', reached: false }, false, true],
    ['cut off', { kind: 'broken', reached: true }, true, true],
    ['cut off, and may have been done', { kind: 'broken', reached: true }, false, false],
  ])('when it was %s', (_what, failure, isRepeatable, isTriedAgain) => {
    expect(findRetryWait(failure, 1, rules(isRepeatable)) !== undefined).toBe(isTriedAgain);
  });

  test('as often as it may be, and no more', () => {
    const waits = [1, 2, 3, 4].map((tries) => findRetryWait(answered(503), tries, rules(true)));
    expect(waits).toEqual([250, 500, 1000, undefined]);
  });

  test('no earlier than the server asked for, and not at all when that is too long', () => {
    expect(findRetryWait(answered(429, 7_000), 1, rules(false))).toBe(7_000);
    expect(findRetryWait(answered(429, retryAfterMsMax + 1), 1, rules(false))).toBeUndefined();
  });

  test('law: after a wait between half of and the whole of twice the last, never above 10 s', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, random) => {
          const wait = findRetryWait(answered(503), tries, {
            retries: 40,
            isRepeatable: true,
            random: () => random,
          });
          const ceiling = Math.min(10_000, 250 * 2 ** (tries - 1));
          expect(wait).toBeGreaterThanOrEqual(ceiling / 2);
          expect(wait).toBeLessThanOrEqual(ceiling);
        },
      ),
    );
  });
});

test.each([
  ['7', 7_000],
  ['0', 0],
  ['Sun, 22 Nov 2026 12:00:05 GMT', 5_000],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('Retry-After %j asks for %j ms', (header, expected) => {
  expect(readRetryAfter(header, Date.parse('2026-11-22T12:00:00Z'))).toBe(expected);
});
