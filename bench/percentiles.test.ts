import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentile, spreadOf } from './percentiles.ts';

describe('percentiles', () => {
  test('are values that were measured, by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(spreadOf(values)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  });

  test('of nothing are not numbers', () => {
    expect(spreadOf([])).toEqual({
      count: 0,
      p50: Number.NaN,
      p95: Number.NaN,
      p99: Number.NaN,
      max: Number.NaN,
    });
  });

  test('are not exceeded by at least their share of the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = Float64Array.from(values).sort();
          const limit = percentile(sorted, share);
          expect(sorted.filter((value) => value <= limit).length).toBeGreaterThanOrEqual(
            Math.floor(share * sorted.length),
          );
        },
      ),
    );
  });
});
