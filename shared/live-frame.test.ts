import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anEvent, noon } from '../test/builders/an-event.ts';
import { renderLiveCursor } from './live-cursor.ts';
import { renderStartCursor } from './live-cursor.ts';
import { renderCaughtUp, renderFrame, renderMissed, renderPong } from './live-frame.ts';
import { eventBytesMax, liveMessageBytesMax } from './limits.ts';

test('a frame tells the event, its data, its id, its time, and the cursor to come back with', () => {
  const event = anEvent();
  expect(JSON.parse(renderFrame(event))).toEqual({
    event: 'subtitle_downloaded',
    data: event.data,
    id: 'evt_01',
    cursor: renderLiveCursor({ timestamp: noon, id: 'evt_01' }),
    timestamp: noon,
  });
});

test('the largest frame is whole, and one byte more is a reference with its size', () => {
  const overhead = Buffer.byteLength(renderFrame(anEvent({ data: { note: '' } })));
  const note = (bytes: number) => anEvent({ data: { note: 'x'.repeat(bytes - overhead) } });
  expect(Buffer.byteLength(renderFrame(note(liveMessageBytesMax)))).toBe(liveMessageBytesMax);
  expect(JSON.parse(renderFrame(note(liveMessageBytesMax + 1)))).toEqual({
    event: 'subtitle_downloaded',
    id: 'evt_01',
    cursor: renderLiveCursor({ timestamp: noon, id: 'evt_01' }),
    timestamp: noon,
    reference: '/api/v1/events/evt_01',
    bytes: liveMessageBytesMax + 1,
  });
});

test('no frame is larger than a message may be, whatever its characters', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('x', 'é', '”', '🎬', '\u0000'),
      fc.nat(eventBytesMax),
      (character, length) => {
        const frame = renderFrame(anEvent({ data: { note: character.repeat(length) } }));
        expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(liveMessageBytesMax);
        expect(JSON.parse(frame)).toMatchObject({ event: 'subtitle_downloaded', id: 'evt_01' });
      },
    ),
    { numRuns: 50 },
  );
});

test('what is no event has a name of its own', () => {
  expect(JSON.parse(renderMissed('c', 7))).toMatchObject({ event: 'missed', since: 'c', limit: 7 });
  expect(JSON.parse(renderCaughtUp('c'))).toEqual({ event: 'caught_up', since: 'c' });
  const startMs = Date.parse('2026-11-22T12:00:00.000Z');
  expect(JSON.parse(renderPong(startMs))).toEqual({ event: 'pong', cursor: renderStartCursor(startMs) });
});
