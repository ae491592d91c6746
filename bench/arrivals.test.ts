import { expect, test } from 'vitest';
import { Arrivals } from './arrivals.ts';

const path = '/group/ok/0';
const accept = () => true;
const delivery = (number: number, atMs: number) => ({
  path,
  group: 'group',
  number,
  atMs,
  isAccepted: accept,
});

test('a delivery that was accepted before is a duplicate, one that was refused is not', () => {
  const arrivals = new Arrivals();
  expect(arrivals.add({ ...delivery(0, 1), isAccepted: () => false })).toBe('first');
  expect(arrivals.add(delivery(0, 2))).toBe('again');
  expect(arrivals.add(delivery(0, 3))).toBe('duplicate');
  expect(arrivals.tally('group')).toEqual({
    arrived: 1,
    accepted: 1,
    duplicates: 1,
    requests: 3,
    firstAt: 1,
    lastAt: 1,
  });
});

test('the same event at two paths is two deliveries', () => {
  const arrivals = new Arrivals();
  arrivals.add(delivery(7, 1));
  arrivals.add({ ...delivery(7, 2), path: '/group/ok/1' });
  expect(arrivals.tally('group')).toMatchObject({ arrived: 2, accepted: 2, duplicates: 0, lastAt: 2 });
});

test('the instants of a path stand at the numbers of their events, however far apart these are', () => {
  const arrivals = new Arrivals();
  arrivals.add(delivery(1, 10));
  arrivals.add(delivery(5_000, 20));
  const times = arrivals.times(path);
  expect(times).toHaveLength(5_001);
  expect([times[0], times[1], times[4_999], times[5_000]]).toEqual([Number.NaN, 10, Number.NaN, 20]);
  expect(arrivals.times('/nowhere')).toHaveLength(0);
});
