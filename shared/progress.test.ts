import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isEventName } from './catalog.ts';
import { isViewerEvent, progressEvents, streamOf, viewerEvents } from './progress.ts';

test('no event is both in the catalog and for viewers alone', () => {
  expect(viewerEvents.filter(isEventName)).toEqual([]);
  expect(isViewerEvent('batch_progress')).toBe(true);
  expect(isViewerEvent('webhook_completed')).toBe(true);
  expect(isViewerEvent('batch_complete')).toBe(false);
  expect(isViewerEvent('toString')).toBe(false);
});

test('states of one job are one stream, whatever else they tell', () => {
  fc.assert(
    fc.property(fc.constantFrom(...progressEvents), fc.string(), fc.anything(), (name, job_id, progress) => {
      expect(streamOf(name, { job_id, progress })).toBe(streamOf(name, { progress: 1, job_id }));
    }),
  );
});

test.each([
  ['jobs', streamOf('job_update', { job_id: 'a' }), streamOf('job_update', { job_id: 'b' })],
  [
    'a job with a text and with a number for its id',
    streamOf('job_update', { id: '1' }),
    streamOf('job_update', { id: 1 }),
  ],
  ['events', streamOf('job_update', { id: 1 }), streamOf('whisper_progress', { id: 1 })],
  ['a job and no job', streamOf('job_update', { id: 1 }), streamOf('job_update', {})],
  [
    'operational events',
    streamOf('webhook_completed', { id: 1, a: 1 }),
    streamOf('webhook_completed', { id: 1, a: 2 }),
  ],
])('two %s are two streams', (_what, one, other) => {
  expect(one).not.toBe(other);
});

test('states without an id are one stream per event', () => {
  expect(streamOf('wanted_search_progress', { done: 1 })).toBe(
    streamOf('wanted_search_progress', { done: 2 }),
  );
});
