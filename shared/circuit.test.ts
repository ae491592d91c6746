import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noonMs } from '../test/builders/an-event.ts';
import { openCircuit } from './circuit.ts';
import type { Circuit } from './circuit.ts';

/** How long each circuit stays open when every probe fails, in seconds. */
function opened(reason: Circuit['reason'], times: number): number[] {
  const seconds: number[] = [];
  let circuit: Circuit | undefined;
  for (let time = 0; time < times; time++) {
    circuit = openCircuit(reason, circuit, 0, noonMs);
    seconds.push((circuit.until - noonMs) / 1000);
  }
  return seconds;
}

describe('an endpoint that is left alone', () => {
  test.each<[Circuit['reason'], number[]]>([
    ['failing', [10, 20, 40, 80, 160, 300, 300]],
    ['slowed_down', [1, 2, 4, 8, 16, 32, 60, 60]],
  ])('because it is %s is so for %j s, twice as long after each failed probe', (reason, seconds) => {
    expect(opened(reason, seconds.length)).toEqual(seconds);
  });

  test('is so for as long as it asked, however long that is', () => {
    expect(openCircuit('slowed_down', undefined, 3_600_000, noonMs)).toEqual({
      until: noonMs + 3_600_000,
      level: 0,
      reason: 'slowed_down',
    });
  });

  test('is so never shorter than it asked and never shorter than before, and no longer than both want', () => {
    const levels = fc.nat({ max: 1000 });
    const reasons = fc.constantFrom<Circuit['reason'][]>('failing', 'slowed_down');
    fc.assert(
      fc.property(reasons, reasons, levels, fc.nat(), (reason, beforeReason, level, atLeastMs) => {
        const before: Circuit = { reason: beforeReason, level, until: noonMs };
        const [base, next] = [level - 1, level].map(
          (each) => openCircuit(reason, { ...before, level: each }, atLeastMs, noonMs).until - noonMs,
        ) as [number, number];
        expect(next).toBeGreaterThanOrEqual(atLeastMs);
        expect(next).toBeGreaterThanOrEqual(base);
        expect(next).toBeLessThanOrEqual(Math.max(atLeastMs, 300_000));
      }),
    );
  });
});
