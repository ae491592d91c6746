import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventIdSchema } from './event.ts';
import {
  createEventId,
  createHookId,
  createUlid,
  createWebhookId,
  isHookId,
  isWebhookId,
  timeOfEventId,
} from './ids.ts';

const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('an id is a ULID: 26 characters of Crockford’s alphabet', () => {
  fc.assert(
    fc.property(times, (ms) => {
      expect(createUlid(ms)).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    }),
  );
  expect(createUlid(1469918176385, new Uint8Array(16))).toBe('01ARYZ6S410000000000000000');
});

test('ids sort by their time, whatever their random part', () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      fc.pre(a < b);
      expect(createUlid(a) < createUlid(b)).toBe(true);
    }),
  );
});

test('ids of one millisecond differ', () => {
  expect(new Set(Array.from({ length: 1000 }, () => createUlid(0))).size).toBe(1000);
});

test('each kind has its prefix, and an event’s id may be a webhook-id', () => {
  expect(createEventId(0)).toMatch(/^evt_/);
  expect(eventIdSchema.safeParse(createEventId(0)).success).toBe(true);
  expect([isWebhookId(createWebhookId(0)), isHookId(createWebhookId(0))]).toEqual([true, false]);
  expect([isWebhookId(createHookId(0)), isHookId(createHookId(0))]).toEqual([false, true]);
});

test('an event’s id tells when it was made, and no other text does', () => {
  fc.assert(
    fc.property(times, (ms) => {
      expect(timeOfEventId(createEventId(ms))).toBe(ms);
    }),
  );
  for (const id of [
    'mine',
    'evt_1',
    createWebhookId(5),
    `${createEventId(5)}0`,
    createEventId(5).toLowerCase(),
  ])
    expect(timeOfEventId(id)).toBeUndefined();
});
