import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noon, noonMs } from '../test/builders/an-event.ts';
import { enableFieldsSchema, replayFieldsSchema, toSelection } from './replay-fields.ts';
import { pageBeginsMs, pageSizeOf, queuedAheadMs, replayRateMax, spreadOver } from './replay.ts';

describe('the rate of a replay', () => {
  test('holds over any sequence of pages, however late they are worked on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: replayRateMax }),
        fc.array(fc.record({ count: fc.nat({ max: 100 }), passedMs: fc.nat({ max: 20_000 }) }), {
          maxLength: 20,
        }),
        (ratePerSecond, pages) => {
          let nowMs = noonMs;
          let nextAt: number | undefined;
          const due: number[] = [];
          for (const { count, passedMs } of pages) {
            nowMs += passedMs;
            const spread = spreadOver(count, { nextAt, ratePerSecond, nowMs });
            expect(spread.dueMs.every((at) => at >= nowMs)).toBe(true);
            due.push(...spread.dueMs);
            nextAt = spread.nextAt;
          }
          for (const [index, at] of due.entries()) {
            const oneSecondOn = due[index + ratePerSecond];
            if (oneSecondOn !== undefined) expect(oneSecondOn - at).toBeGreaterThanOrEqual(999.9);
          }
        },
      ),
    );
  });

  test('fills no page beyond what may be queued ahead', () => {
    for (let rate = 1; rate <= replayRateMax; rate++) {
      expect(pageSizeOf(rate)).toBeGreaterThanOrEqual(1);
      expect((pageSizeOf(rate) / rate) * 1000 + pageBeginsMs).toBeLessThanOrEqual(queuedAheadMs);
    }
  });
});

describe('what a request chooses', () => {
  test('is unless told what was meant to arrive and did not, up to now', () => {
    expect(toSelection(replayFieldsSchema.parse({}), noonMs)).toEqual({
      until: noon,
      states: ['exhausted', 'refused', 'parked'],
    });
  });

  test('is told in any time zone, and understood in UTC', () => {
    const fields = replayFieldsSchema.parse({
      since: '2026-11-22T13:00:00+01:00',
      states: ['parked', 'parked'],
    });
    expect(toSelection(fields, noonMs)).toMatchObject({ since: noon, states: ['parked'] });
  });

  test('can be counted before a webhook is enabled only when it is to be replayed', () => {
    expect(enableFieldsSchema.safeParse({ dry_run: true }).success).toBe(false);
    expect(enableFieldsSchema.safeParse({ dry_run: true, replay: true }).success).toBe(true);
  });
});
