import { expect, test } from 'vitest';
import { slopeOf } from './linear-trend.ts';

test('points on a line have its slope', () => {
  expect(slopeOf([0, 1, 2, 3].map((x) => ({ x, y: 5 - 2 * x })))).toBeCloseTo(-2);
});

test('what neither rises nor falls has none', () => {
  expect(slopeOf([1, 3, 1].map((y, x) => ({ x, y })))).toBeCloseTo(0);
  expect(slopeOf([])).toBe(0);
  expect(slopeOf([{ x: 1, y: 4 }])).toBe(0);
});
