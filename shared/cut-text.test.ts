import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutText } from './cut-text.ts';
import { outputBytesMax } from './limits.ts';

const maxima = fc.integer({ min: 0, max: 40 });

test('text cut anywhere stays text: no broken character, no more bytes than allowed, and at most three given up', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), maxima, (source, max) => {
      const whole = source.replaceAll('\ufffd', '').toWellFormed().replaceAll('\ufffd', '');
      const bytes = Buffer.from(whole);
      const { text, truncated } = cutText(bytes, max);
      const kept = Buffer.byteLength(text);
      expect(whole.startsWith(text)).toBe(true);
      expect(text).not.toContain('\ufffd');
      expect(kept).toBeLessThanOrEqual(max);
      expect(truncated).toBe(bytes.length > max);
      if (truncated) expect(kept).toBeGreaterThan(max - 4);
    }),
    { numRuns: 500 },
  );
});

test('binary is cut where it stands: never more bytes are read than allowed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), maxima, (bytes, max) => {
      const { text, truncated } = cutText(bytes, max);
      expect(truncated).toBe(bytes.length > max);
      const readable = Array.from({ length: 4 }, (_, less) =>
        Buffer.from(bytes.subarray(0, Math.max(Math.min(max, bytes.length) - less, 0))).toString('utf8'),
      );
      expect(readable).toContain(text);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a€b', 1, 'a'],
  ['a€b', 2, 'a'],
  ['a€b', 3, 'a'],
  ['a€b', 4, 'a€'],
  ['a€b', 5, 'a€b'],
  ['😀😀', 7, '😀'],
  ['😀', 0, ''],
])('%s cut to %i bytes is %s', (source, max, text) => {
  expect(cutText(Buffer.from(source), max).text).toBe(text);
});

test('the default is 4096 bytes', () => {
  expect(cutText(Buffer.alloc(5000, 'x')).text).toHaveLength(outputBytesMax);
  expect(cutText(Buffer.alloc(4096, 'x')).truncated).toBe(false);
});
