import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noonMs } from '../test/builders/an-event.ts';
import { failuresToOpen, isFailing, openCircuit } from './circuit.ts';
import type { Circuit, FailureStreak } from './circuit.ts';

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

describe('failures in a row', () => {
  const second = 1000;
  const hour = 3600 * second;
  const streak = (failures: number, since: number, lastAt: number): FailureStreak => ({
    failures,
    since: noonMs + since,
    lastAt: noonMs + lastAt,
  });

  test.each<[what: string, opens: boolean, FailureStreak, nowMs: number]>([
    ['of a burst', false, streak(500, 0, second), second],
    ['of a burst, when they are written long after it', false, streak(500, 0, second), hour],
    ['of a burst, when others of it were written late', false, streak(20, 8 * second, 0), 8 * second],
    ['for a second less than it takes', false, streak(10, 0, 4 * second), 4 * second],
    ['for as long as it takes', true, streak(10, 0, 5 * second), 5 * second],
    ['for long, but one too few', false, streak(9, 0, hour), hour],
    ['for long and many', true, streak(500, 0, hour), hour],
    ['since a moment that another sender’s clock has yet to see', false, streak(10, second, 0), 0],
    ['since a time to come, after a clock was set back', true, streak(10, hour, 0), 0],
    ['of which the last ended in a time to come, as a clock was set back', false, streak(10, 0, hour), 0],
  ])('%s open a circuit: %s', (_what, opens, given, nowMs) => {
    expect(isFailing(given, noonMs + nowMs)).toBe(opens);
  });

  const times = fc.integer({ min: -hour, max: hour });

  test('open no circuit before they are ten, whatever the clocks say', () => {
    fc.assert(
      fc.property(fc.nat({ max: failuresToOpen - 1 }), times, times, times, (count, since, lastAt, nowMs) => {
        expect(isFailing(streak(count, since, lastAt), noonMs + nowMs)).toBe(false);
      }),
    );
  });

  test('that go on open the circuit within ten seconds, wherever the clock stood when they began', () => {
    const tenSeconds = Array.from({ length: 11 }, (_, seconds) => seconds * second);
    fc.assert(
      fc.property(fc.oneof(times, fc.integer({ min: 0, max: 20 * second })), (since) => {
        const opens = tenSeconds.map((at) => isFailing(streak(failuresToOpen, since, at), noonMs + at));
        expect(opens).toContain(true);
      }),
    );
  });
});

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
