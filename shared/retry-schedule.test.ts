import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryScheduleSecondsMax, webhookRetryCountMax } from './limits.ts';
import { retryScheduleSchema, waitSecondsBefore } from './retry-schedule.ts';
import type { Retrying } from './retry-schedule.ts';

const waitsOf = (retrying: Retrying): number[] => {
  const waits: number[] = [];
  for (;;) {
    const wait = waitSecondsBefore(waits.length + 1, retrying);
    if (wait === undefined) return waits;
    waits.push(wait);
  }
};

const [minute, hour] = [60, 3600];
const standard = [5, 5 * minute, 30 * minute, 2, 5, 10, 14, 20, 24].map((each, index) =>
  index < 3 ? each : each * hour,
);

test.each<[Retrying, number[]]>([
  [{ retry_count: 3 }, [2, 4, 8]],
  [{ retry_count: 0 }, []],
  [{ retry_count: 5, retry_schedule: 'exponential' }, [2, 4, 8, 16, 32]],
  [{ retry_count: 3, retry_schedule: 'standard' }, standard],
  [{ retry_count: 3, retry_schedule: [] }, []],
  [{ retry_count: 0, retry_schedule: [0, 60, 1] }, [0, 60, 1]],
])('%j waits %j s', (retrying, waits) => {
  expect(waitsOf(retrying)).toEqual(waits);
});

test('the standard schedule lasts 75 hours, 35 minutes and 5 seconds', () => {
  const total = waitsOf({ retry_count: 3, retry_schedule: 'standard' }).reduce((sum, each) => sum + each, 0);
  expect(total).toBe(75 * hour + 35 * minute + 5);
});

test('an exponential wait doubles until it is a day', () => {
  const waits = waitsOf({ retry_count: webhookRetryCountMax });
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBe(index === 0 ? 2 : Math.min((waits[index - 1] ?? 0) * 2, 86_400));
  }
});

describe('a schedule of one’s own', () => {
  const lists = fc.array(fc.integer({ min: 0, max: retryScheduleSecondsMax }), { maxLength: 20 });

  test('is taken exactly when its waits add up to three days at most', () => {
    fc.assert(
      fc.property(lists, (seconds) => {
        const sum = seconds.reduce((total, each) => total + each, 0);
        expect(retryScheduleSchema.safeParse(seconds).success).toBe(sum <= retryScheduleSecondsMax);
      }),
    );
  });

  test('is waited as it stands, and then no more', () => {
    fc.assert(
      fc.property(lists, (seconds) => {
        expect(waitsOf({ retry_count: 3, retry_schedule: seconds })).toEqual(seconds);
      }),
    );
  });

  test.each([
    [Array.from({ length: webhookRetryCountMax }, () => 0), true],
    [Array.from({ length: webhookRetryCountMax + 1 }, () => 0), false],
    [[-1], false],
    [[1.5], false],
    [['5'], false],
    [[retryScheduleSecondsMax], true],
    [[retryScheduleSecondsMax, 1], false],
    ['linear', false],
    [null, false],
  ])('case %#: %j', (schedule, isTaken) => {
    expect(retryScheduleSchema.safeParse(schedule).success).toBe(isTaken);
  });
});
