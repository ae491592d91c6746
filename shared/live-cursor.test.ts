import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isStart, readLiveCursor, renderLiveCursor, renderStartCursor } from './live-cursor.ts';

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

test('the cursor of a beginning leads back to its moment, and is told from that of an event', () => {
  const start = readLiveCursor(renderStartCursor(Date.parse('2026-11-22T12:00:00.000Z')));
  expect(start).toEqual({ timestamp: '2026-11-22T12:00:00.000Z', id: '' });
  expect(isStart(start)).toBe(true);
  expect(isStart({ ...start, id: 'evt_1' })).toBe(false);
});

test.each([
  '',
  'nonsense',
  '2026-11-22T12:00:00.000Z',
  renderLiveCursor({ timestamp: 'now', id: 'evt_1' }),
  Buffer.from('2026-11-22T12:00:00.000Z').toString('base64url'),
  renderLiveCursor({ timestamp: '2026-11-22T12:00:00.000Z', id: 'no id' }),
  renderLiveCursor({ timestamp: '-271821-04-20T00:00:00.000Z', id: 'evt_1' }),
  renderLiveCursor({ timestamp: '+010000-01-01T00:00:00.000Z', id: 'evt_1' }),
  renderLiveCursor({ timestamp: '2026-11-22', id: 'evt_1' }),
])('%j is a 400 that says what a cursor is', (text) => {
  expect(() => readLiveCursor(text)).toThrow(
    expect.objectContaining({ status: 400, message: expect.stringContaining('cursor of the last frame') }),
  );
});
