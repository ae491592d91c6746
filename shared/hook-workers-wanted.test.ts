import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { workersForBacklog, workersForNew } from './hook-workers-wanted.ts';

describe('a backlog', () => {
  it.each([
    ['nothing waits behind full hands', { waiting: 0, left: 8, ended: 0, withinMs: 60_000 }, 1],
    ['scripts are short: 9 000 a minute', { waiting: 5_000, left: 5_050, ended: 9_000, withinMs: 60_000 }, 1],
    ['scripts are short, and too many', { waiting: 20_000, left: 20_050, ended: 9_000, withinMs: 60_000 }, 3],
    ['it is too early to tell', { waiting: 20, left: 28, ended: 0, withinMs: 5_000 }, 1],
    ['nothing ended in half a minute', { waiting: 20, left: 28, ended: 0, withinMs: 30_000 }, 3],
    ['nothing ends: what waits fills two more', { waiting: 12, left: 20, ended: 0, withinMs: 60_000 }, 3],
    ['one run waits behind eight that never end', { waiting: 1, left: 9, ended: 0, withinMs: 60_000 }, 2],
    ['two workers are full, four runs wait', { waiting: 4, left: 20, ended: 0, withinMs: 60_000 }, 3],
    ['a look comes at once', { waiting: 100, left: 108, ended: 0, withinMs: 0 }, 1],
  ])('%s', (_, backlog, workers) => {
    expect(workersForBacklog({ ...backlog, concurrency: 8 })).toBe(workers);
  });

  it('is never worth fewer than one worker, nor more than have a run to do', () => {
    const backlogs = fc.record({
      waiting: fc.nat(1e6),
      held: fc.nat(1e4),
      ended: fc.nat(1e5),
      withinMs: fc.nat(60_000),
      concurrency: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(backlogs, ({ held, ...backlog }) => {
        const left = backlog.waiting + held;
        const workers = workersForBacklog({ ...backlog, left });
        expect(workers).toBeGreaterThanOrEqual(1);
        expect(workers).toBeLessThanOrEqual(Math.max(1, Math.ceil(left / backlog.concurrency)));
      }),
    );
  });
});

test.each([
  [0, 1],
  [60, 1],
  [61, 2],
  [10_000, 167],
])('%i runs that are queued at once are worth %i workers', (queued, workers) => {
  expect(workersForNew(queued)).toBe(workers);
});
