import { expect, test } from 'vitest';
import { runBounded } from './run-bounded.ts';

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

test('every item is worked on once, never more at a time than allowed, and answered in order', async () => {
  const items = Array.from({ length: 25 }, (_, index) => index);
  let running = 0;
  let peak = 0;
  const results = await runBounded(items, 4, async (item) => {
    running++;
    peak = Math.max(peak, running);
    for (let turns = item % 3; turns >= 0; turns--) await turn();
    running--;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
  expect(peak).toBe(4);
});

test('nothing to do is done at once', async () => {
  expect(await runBounded([], 4, async () => 1)).toEqual([]);
});
