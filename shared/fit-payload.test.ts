import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitPayload } from './fit-payload.ts';

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

test('what fits stays as it is, and what does not leaves out its largest members', () => {
  const payload = { eventType: 'Rename', series: { title: 'One Piece' }, files: ['x'.repeat(500)] };
  expect(fitPayload(payload, bytesOf(payload))).toEqual({ payload, leftOut: [] });
  expect(fitPayload(payload, bytesOf(payload) - 1)).toEqual({
    payload: { eventType: 'Rename', series: { title: 'One Piece' } },
    leftOut: ['files'],
  });
});

test('every payload fits, nothing is changed, and each member is there or named', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.json()),
      fc.integer({ min: 2, max: 400 }),
      (given, bytesMax) => {
        const { payload, leftOut } = fitPayload(given, bytesMax);
        expect(bytesOf(payload)).toBeLessThanOrEqual(bytesMax);
        expect(given).toMatchObject(payload);
        expect([...Object.keys(payload), ...leftOut].sort()).toEqual(Object.keys(given).sort());
      },
    ),
  );
});
