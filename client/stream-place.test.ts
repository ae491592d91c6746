import { expect, test } from 'vitest';
import type { LiveFrame } from './live-frame.ts';
import { createStreamPlace } from './stream-place.ts';

const event = (id: string, second: number): LiveFrame => ({
  kind: 'event',
  event: 'batch_complete',
  id,
  cursor: `c-${id}`,
  timestamp: `2026-11-22T12:00:${String(second).padStart(2, '0')}.000Z`,
  data: {},
});

test('each event is told once, over all connections', () => {
  const place = createStreamPlace(undefined);
  place.connected();
  expect([event('a', 1), event('b', 2), event('a', 1)].map(place.take)).toEqual([true, true, false]);
  place.connected();
  expect(place.take(event('b', 2))).toBe(false);
});

test('the cursor is that of the newest event, in whatever order they came', () => {
  const place = createStreamPlace(undefined);
  place.connected();
  for (const frame of [event('a', 1), event('c', 3), event('b', 2)]) place.take(frame);
  expect(place.cursor()).toBe('c-c');
});

test('while what was missed is being told the cursor stays, so that a broken connection loses nothing', () => {
  const place = createStreamPlace('c-start');
  place.connected();
  place.take(event('new', 9));
  place.take(event('missed', 2));
  expect(place.cursor()).toBe('c-start');
  place.take({ kind: 'caught_up', since: 'c-start' });
  expect(place.cursor()).toBe('c-new');
});

test('until something comes, the place is where the first connection began', () => {
  const place = createStreamPlace(undefined);
  place.connected('c-start');
  expect(place.cursor()).toBe('c-start');
  place.connected('c-later');
  expect(place.cursor()).toBe('c-start');
  place.take({ kind: 'caught_up', since: 'c-start' });
  place.take(event('a', 1));
  expect(place.cursor()).toBe('c-a');
});

test('a viewer without a cursor has missed nothing, and moves on at once', () => {
  const place = createStreamPlace(undefined);
  expect(place.cursor()).toBeUndefined();
  place.connected();
  place.take(event('a', 1));
  expect(place.cursor()).toBe('c-a');
});
