import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLiveCursor, renderLiveCursor } from './live-cursor.ts';

test('a cursor leads back to its event', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      (date, id) => {
        const position = { timestamp: date.toISOString(), id };
        expect(readLiveCursor(renderLiveCursor(position))).toEqual(position);
      },
    ),
  );
});

test.each([
  '',
  'nonsense',
  '2026-11-22T12:00:00.000Z',
  renderLiveCursor({ timestamp: 'now', id: 'evt_1' }),
  renderLiveCursor({ timestamp: '2026-11-22T12:00:00.000Z', id: '' }),
  renderLiveCursor({ timestamp: '2026-11-22', id: 'evt_1' }),
])('%j is a 400 that says what a cursor is', (text) => {
  expect(() => readLiveCursor(text)).toThrow(
    expect.objectContaining({ status: 400, message: expect.stringContaining('cursor of the last frame') }),
  );
});
