import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEvent, noonMs } from '../test/builders/an-event.ts';
import { composeDigest, digestKeyOf, flushDelaySeconds, placeOf } from './digest.ts';

const coalesce = { window_seconds: 60, key: '{data.series_title}' };
const at = (ms: number, series_title = 'Frieren') =>
  anEvent({ timestamp: new Date(noonMs + ms).toISOString(), data: { series_title } });
const idOf = (ms: number, title?: string) => digestKeyOf(at(ms, title), 'wh_01', coalesce).digest_id;

describe('the digest of an event', () => {
  test('is that of all others of its window and key, and of no others', () => {
    expect(idOf(0)).toBe(idOf(59_999));
    expect(idOf(0)).not.toBe(idOf(60_000));
    expect(idOf(0)).not.toBe(idOf(-1));
    expect(idOf(0)).not.toBe(idOf(0, 'Mushishi'));
  });

  test('is another one when the window is changed, so that no digest changes while it is gathered', () => {
    const changed = digestKeyOf(at(0), 'wh_01', { ...coalesce, window_seconds: 120 });
    expect(changed.digest_id).not.toBe(idOf(0));
  });

  test('belongs to the tenant and the webhook', () => {
    expect(digestKeyOf(at(0), 'wh_01', coalesce)).toMatchObject({ tenant: 'default', webhook_id: 'wh_01' });
  });
});

describe('the flush of a digest', () => {
  test.each([
    [0, 0, 61],
    [0, 30_000, 31],
    [59_999, 59_999, 2],
    [0, 59_001, 2],
    // Too late: others that are as late come with it.
    [0, 60_000, 60],
    [0, 3_600_000, 60],
  ])('of an event at %d ms that is gathered at %d ms waits %d s', (eventMs, nowMs, seconds) => {
    expect(flushDelaySeconds(at(eventMs), coalesce, noonMs + nowMs)).toBe(seconds);
  });

  test('waits no longer than a queue can delay, and never less than a second', () => {
    const offset = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(offset, offset, fc.integer({ min: 1, max: 900 }), (eventMs, nowMs, window_seconds) => {
        const seconds = flushDelaySeconds(at(eventMs), { window_seconds, key: '' }, noonMs + nowMs);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(900);
      }),
    );
  });
});

describe('what is sent for a digest', () => {
  const members = Array.from({ length: 150 }, (_, index) => {
    const id = `e${String(index).padStart(3, '0')}`;
    return { ...at(index), id };
  });
  const [first, last] = [
    at(0),
    { ...at(149), id: 'e149', data: { series_title: 'Frieren', coalesced: 'mine' } },
  ];

  test('is its latest event, with how many it stands for and the ids of a hundred', () => {
    expect(composeDigest(last, members)).toEqual({
      ...last,
      data: {
        series_title: 'Frieren',
        coalesced: {
          count: 150,
          first_timestamp: first.timestamp,
          last_timestamp: last.timestamp,
          event_ids: members.slice(0, 100).map(({ id }) => id),
        },
      },
    });
  });
});

test('members sort by time, and at the same time by id', () => {
  const places = [at(1), { ...at(0), id: 'b' }, { ...at(0), id: 'a' }].map(placeOf);
  expect(places.toSorted()).toEqual([places[2], places[1], places[0]]);
});
