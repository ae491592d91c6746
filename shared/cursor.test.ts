import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { nextCursor, readCursor } from './list-query.ts';

test('a cursor leads back to the key that it was made from, and needs no escaping in a URL', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }), (key) => {
      const cursor = encodeCursor(key);
      expect(decodeCursor(cursor)).toBe(key);
      expect(encodeURIComponent(cursor)).toBe(cursor);
    }),
  );
});

test.each(['', '!', 'a b', 'YQ==', 'YQ=', 'Y', '_w', 'ä', encodeCursor('x'.repeat(1025))])(
  'the foreign cursor %j is the caller’s mistake',
  (cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(ApiError);
    expect(() => decodeCursor(cursor)).toThrow(/next_cursor/);
  },
);

test('whatever a caller sends is a key or the caller’s mistake', () => {
  fc.assert(
    fc.property(fc.string(), (cursor) => {
      try {
        expect(encodeCursor(decodeCursor(cursor))).toBe(cursor);
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
  );
});

test('a list without a cursor begins at the beginning, and its last page answers none', () => {
  expect(readCursor(undefined)).toBeUndefined();
  expect(nextCursor({ items: [], nextKey: undefined })).toBeNull();
  expect(readCursor(nextCursor({ items: [], nextKey: 'k' }) ?? '')).toBe('k');
});
