import { describe, expect, test } from 'vitest';
import { noonMs } from '../test/builders/an-event.ts';
import { ApiError } from './api-error.ts';
import { eventNames } from './catalog.ts';
import { viewerEvents } from './progress.ts';
import { createViewer, isInSeam, isWatching, mayBeOpening, readWatchedEvents } from './live-viewer.ts';

describe('the query parameter events', () => {
  test.each([
    [undefined, ['*']],
    ['*', ['*']],
    ['batch_complete', ['batch_complete']],
    ['hook_executed, batch_complete', ['hook_executed', 'batch_complete']],
    ['batch_complete,batch_complete', ['batch_complete']],
    ['batch_complete,*', ['*']],
    ['batch_progress,webhook_completed', ['batch_progress', 'webhook_completed']],
  ])('%j watches %j', (text, events) => {
    expect(readWatchedEvents(text)).toEqual(events);
  });

  test.each(['', ',', 'nope', 'batch_complete,nope', 'Batch_complete'])(
    '%j is a 400 that names every known event',
    (text) => {
      try {
        readWatchedEvents(text);
        expect.fail('was read');
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
        expect(error).toMatchObject({ status: 400, details: [{ field: 'events' }] });
        for (const name of [...eventNames, ...viewerEvents]) expect(String(error)).toContain(name);
      }
    },
  );
});

test.each([
  [['*'], true],
  [['batch_complete'], false],
  [['batch_complete', 'hook_executed'], true],
  [['an_event_of_an_older_catalog'], false],
])('a viewer of %j gets hook_executed: %j', (events, isWatched) => {
  expect(isWatching({ events }, 'hook_executed')).toBe(isWatched);
});

test('a viewer outlives the longest connection by ten minutes', () => {
  const viewer = createViewer({ tenant: 'default', connection_id: 'c', events: ['*'] }, noonMs);
  expect(viewer.expires_at * 1000 - noonMs).toBe((2 * 60 + 10) * 60 * 1000);
});

test('a connection may be opening for half a minute', () => {
  const viewer = createViewer({ tenant: 'default', connection_id: 'c', events: ['*'] }, noonMs);
  expect(mayBeOpening(viewer, noonMs + 29_999)).toBe(true);
  expect(mayBeOpening(viewer, noonMs + 30_000)).toBe(false);
});

test('until its connection must have opened, a viewer who came back may be told by replay as well', () => {
  const at = (ms: number) => new Date(noonMs + ms).toISOString();
  const fields = { tenant: 'default', connection_id: 'c', events: ['*'] };
  const back = createViewer({ ...fields, since: 'cursor' }, noonMs);
  expect([isInSeam(back, at(-1)), isInSeam(back, at(29_999)), isInSeam(back, at(30_000))]).toEqual([
    true,
    true,
    false,
  ]);
  expect(isInSeam(createViewer(fields, noonMs), at(-1))).toBe(false);
});
