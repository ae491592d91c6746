import { describe, expect, test } from 'vitest';
import { noonMs } from '../test/builders/an-event.ts';
import { graceSecondsMax, liveKeysMax, retire, stillLive, viewRotation } from './webhook-keys.ts';

const at = (ms: number) => new Date(noonMs + ms).toISOString();
const key = (sealed: string, ms: number) => ({ sealed, until: at(ms) });

test.each([
  [undefined, []],
  [[], []],
  [[key('a', -1)], []],
  [[key('a', 0)], []],
  [[key('a', 1)], ['a']],
  [
    [key('a', 5), key('b', -5), key('c', 1)],
    ['a', 'c'],
  ],
])('of the retiring keys %j still sign %j', (retiring, names) => {
  expect(stillLive(retiring, noonMs).map(({ sealed }) => sealed)).toEqual(names);
});

describe('a rotation', () => {
  test('lets the old key sign until the grace ends, after those that retire already', () => {
    expect(retire([key('a', 5)], { sealed: 'b' }, 1, noonMs)).toEqual([key('a', 5), key('b', 1000)]);
    expect(retire(undefined, { sealed: 'b' }, graceSecondsMax, noonMs)).toEqual([
      key('b', 7 * 24 * 3600 * 1000),
    ]);
  });

  test('drops what has ended', () => {
    expect(retire([key('a', 0), key('b', 1)], { sealed: 'c' }, 1, noonMs)).toEqual([
      key('b', 1),
      key('c', 1000),
    ]);
  });

  test('without a grace leaves no old key, also none of an earlier rotation', () => {
    expect(retire([key('a', 5000)], { sealed: 'b' }, 0, noonMs)).toEqual([]);
  });

  test('is refused while five keys would sign beside the new one, and told when and how it can be done', () => {
    const retiring = Array.from({ length: liveKeysMax - 2 }, (_, i) => key(`k${i}`, 9_000 - i * 1000));
    const full = retire(retiring, { sealed: 'last' }, 60, noonMs);
    expect(full).toHaveLength(liveKeysMax - 1);
    const again = (nowMs: number, grace: number) => retire(full, { sealed: 'more' }, grace, nowMs);
    expect(() => again(noonMs, 60)).toThrow(
      expect.objectContaining({
        status: 409,
        message: `5 keys of this webhook sign already: rotate again after ${at(7000)}, when the next of them ends, or with "grace_seconds": 0, which ends all but the new one at once.`,
      }),
    );
    expect(again(noonMs + 7000, 60)).toHaveLength(liveKeysMax - 1);
    expect(again(noonMs, 0)).toEqual([]);
  });
});

describe('the rotations that the API tells of', () => {
  const keys = {
    sealed_secret: 'x',
    retiring_secrets: [key('a', 3), key('b', 1)],
    retiring_private_keys: [{ ...key('c', 2), public_key: 'whpk_c' }],
  };
  test.each([
    [0, 3],
    [1, 2],
    [2, 1],
  ])('at %i ms are %i, the next to end first', (ms, count) => {
    const all = [
      { scheme: 'v1', until: at(1) },
      { scheme: 'v1a', until: at(2), public_key: 'whpk_c' },
      { scheme: 'v1', until: at(3) },
    ];
    expect(viewRotation(keys, noonMs + ms)).toEqual({ ends_at: at(3), retiring: all.slice(-count) });
  });

  test('are null when all have ended', () => {
    expect(viewRotation(keys, noonMs + 3)).toBeNull();
    expect(viewRotation({ sealed_secret: 'x' }, noonMs)).toBeNull();
  });
});
