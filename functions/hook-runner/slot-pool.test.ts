import { expect, it } from 'vitest';
import { createSlotPool } from './slot-pool.ts';

it('gives each place to one at a time, and to those who wait in their order', async () => {
  const pool = createSlotPool(2);
  const [first, second] = [await pool.take(), await pool.take()];
  expect(new Set([first, second])).toEqual(new Set([0, 1]));
  const order: string[] = [];
  const waiting = ['a', 'b'].map((name) =>
    pool.take().then((slot) => {
      order.push(name);
      return slot;
    }),
  );
  pool.giveBack(1);
  pool.giveBack(0);
  expect(await Promise.all(waiting)).toEqual([1, 0]);
  expect(order).toEqual(['a', 'b']);
});

it('lets nobody wait once it is closed, and gives free places still', async () => {
  const pool = createSlotPool(1);
  const slot = await pool.take();
  const waiting = pool.take();
  pool.close();
  expect(await waiting).toBeUndefined();
  expect(await pool.take()).toBeUndefined();
  pool.giveBack(slot ?? 0);
  expect(await pool.take()).toBe(slot);
});
