import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { keyAfterAll, keyBefore, readNewest, takePage } from './read-newest.ts';

const key = fc.stringMatching(/^[\w#.:-]{1,6}$/);

test('nothing lies between the key before another and that other', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(keyBefore(a) < a).toBe(true);
      expect(b <= keyBefore(a)).toBe(b < a);
    }),
    { numRuns: 1_000 },
  );
});

test('what begins with a prefix lies before the key after all of them, and nothing else after the prefix does', () => {
  fc.assert(
    fc.property(key, key, (prefix, other) => {
      expect(other >= prefix && other <= keyAfterAll(prefix)).toBe(other.startsWith(prefix));
    }),
    { numRuns: 1_000 },
  );
});

describe('a page', () => {
  const rows = ['c', 'b', 'a'].map((key) => ({ key, row: key }));

  test('ends at its last row when more were found', () => {
    expect(takePage({ found: rows, readTo: '0' }, 2)).toEqual({ items: ['c', 'b'], nextKey: 'b' });
  });

  test('goes on from where the reading ended when all that was found is on it', () => {
    expect(takePage({ found: rows, readTo: '0' }, 3)).toEqual({ items: ['c', 'b', 'a'], nextKey: '0' });
    expect(takePage({ found: rows, readTo: undefined }, 3).nextKey).toBeUndefined();
    expect(takePage({ found: [], readTo: 'c' }, 3)).toEqual({ items: [], nextKey: 'c' });
  });

  test('holds one row at least, however large it is', () => {
    const large = rows.map(({ key }) => ({ key, row: 'x'.repeat(3_000_000) }));
    expect(takePage({ found: large, readTo: undefined }, 3)).toMatchObject({
      items: [large[0]?.row],
      nextKey: 'c',
    });
  });
});

test('a range that ends before it begins is empty, and costs no call', async () => {
  const { client, calls } = fakeClient(() => ({}));
  const stretch = await readNewest(
    client,
    'ledger',
    { strands: [], from: 'b', to: 'a', isSparse: false, read: () => 1 },
    { wanted: 1, bounds: { rowsPerPage: 1, pages: 1 } },
  );
  expect(stretch).toEqual({ found: [], readTo: undefined });
  expect(calls).toEqual([]);
});
