import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noon, noonMs } from '../test/builders/an-event.ts';
import { enableFieldsSchema, replayFieldsSchema, toSelection } from './replay-fields.ts';
import {
  hookPace,
  isWaiting,
  pageSizeOf,
  replayRateMax,
  spreadOver,
  waitForRoom,
  webhookPace,
} from './replay.ts';

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

  test.each([
    ['webhook', webhookPace, 10_000],
    ['hook', hookPace, 1_000],
  ])('fills no page of a %s beyond what may be queued ahead', (_kind, pace, queuedAheadMs) => {
    for (let rate = 1; rate <= replayRateMax; rate++) {
      const size = pageSizeOf(rate, pace);
      expect(Number.isInteger(size) && size >= 1 && size <= pace.waitingMax).toBe(true);
      expect((size / rate) * 1000 + pace.beginsAheadMs).toBeLessThanOrEqual(queuedAheadMs);
    }
  });
});

describe('a page of runs', () => {
  test.each([
    [0, 0],
    [25, 0],
    [26, 1_000],
    [50, 1_000],
  ])('that finds %i others waiting looks again in %i ms', (waiting, ms) => {
    expect(waitForRoom(25, { waiting, waitedMs: 0 }, hookPace)).toBe(ms);
  });

  test.each([
    [-5_000, 1_000],
    [10_000, 5_000],
    [29 * 60_000, 30_000],
    [30 * 60_000, 0],
  ])('that waited for %i ms looks again in %i ms, and not for ever', (waitedMs, ms) => {
    expect(waitForRoom(25, { waiting: 50, waitedMs }, hookPace)).toBe(ms);
  });

  test('of a webhook waits for nothing: send-webhook takes whatever is due', () => {
    expect(waitForRoom(100, { waiting: 100_000, waitedMs: 0 }, webhookPace)).toBe(0);
  });
});

describe('a run that was sent anew', () => {
  const sent = { state: 'retrying', round: 2, retrying_until: noon } as const;
  test.each([
    ['waits', sent, true],
    ['was taken when it runs', { ...sent, state: 'running' }, false],
    ['was taken when it ended', { state: 'delivered', round: 2 }, false],
    ['was taken when its script asked to be run again later', { ...sent, retrying_until: '2027' }, false],
    ['was overtaken by a later round', { ...sent, round: 3 }, false],
    ['is not the one of the round before', { ...sent, round: 1 }, false],
  ] as const)('%s', (_what, row, waits) => {
    expect(isWaiting(row, 2, noonMs)).toBe(waits);
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

  test('is empty, and no range that ends before it begins, when it begins in the future', () => {
    const since = new Date(noonMs + 1).toISOString();
    expect(toSelection(replayFieldsSchema.parse({ since }), noonMs)).toMatchObject({ since, until: since });
  });

  test('can be counted before a webhook is enabled only when it is to be replayed', () => {
    expect(enableFieldsSchema.safeParse({ dry_run: true }).success).toBe(false);
    expect(enableFieldsSchema.safeParse({ dry_run: true, replay: true }).success).toBe(true);
  });
});
