import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareEvenly } from './share-time.ts';

const interval = (startedAt: number, endedAt: number) => ({ startedAt, endedAt });

describe('time shared evenly', () => {
  test.each([
    ['one alone has it all', [interval(0, 10)], [10]],
    ['one after the other', [interval(0, 10), interval(10, 30)], [10, 20]],
    ['two at once', [interval(0, 10), interval(0, 10)], [5, 5]],
    ['a short one within a long one', [interval(0, 10), interval(4, 6)], [9, 1]],
    ['with a pause between', [interval(0, 2), interval(100, 103)], [2, 3]],
    ['nothing', [], []],
  ])('%s', (_, intervals, shares) => {
    expect(shareEvenly(intervals)).toEqual(shares);
  });

  test('adds up to the time in which anything ran, and gives nobody more than it took', () => {
    const intervals = fc.array(
      fc.tuple(fc.nat(1000), fc.nat(1000)).map(([start, length]) => interval(start, start + length)),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(intervals, (given) => {
        const shares = shareEvenly(given);
        for (const [index, { startedAt, endedAt }] of given.entries()) {
          expect(shares[index]).toBeLessThanOrEqual(endedAt - startedAt + 1e-6);
        }
        const busy = new Set(
          given.flatMap(({ startedAt, endedAt }) =>
            Array.from({ length: endedAt - startedAt }, (_, at) => startedAt + at),
          ),
        ).size;
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(busy, 6);
      }),
    );
  });
});
