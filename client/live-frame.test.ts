import { expect, test } from 'vitest';
import { renderCaughtUp, renderFrame, renderMissed, renderPong } from '../shared/live-frame.ts';
import { readLiveFrame } from './live-frame.ts';

const position = { id: 'evt_1', timestamp: '2026-11-22T12:00:00.000Z' };

test.each([
  [
    'an event',
    renderFrame({ ...position, event_name: 'batch_complete', data: { total: 1 } }),
    { kind: 'event', event: 'batch_complete', id: 'evt_1', data: { total: 1 } },
  ],
  [
    'an event that is too large',
    renderFrame({ ...position, event_name: 'batch_complete', data: { x: 'x'.repeat(200_000) } }),
    { kind: 'reference', reference: '/api/v1/events/evt_1' },
  ],
  ['that more was missed', renderMissed('c', 7), { kind: 'missed', since: 'c', limit: 7 }],
  ['that all was told', renderCaughtUp('c'), { kind: 'caught_up', since: 'c' }],
])('what the server says of %s is read', (_what, text, expected) => {
  expect(readLiveFrame(text)).toMatchObject(expected);
});

test.each([renderPong(0), '{"event":"newer"}', 'no JSON', 'null'])('%s is passed over', (text) => {
  expect(readLiveFrame(text)).toBeUndefined();
});
