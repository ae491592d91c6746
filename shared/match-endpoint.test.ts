import { describe, expect, test } from 'vitest';
import { anEvent } from '../test/builders/an-event.ts';
import { matchEndpoint } from './match-endpoint.ts';

const event = anEvent({ event_name: 'subtitle_downloaded', data: { score: 3, note: 'x'.repeat(10_000) } });
const judge = (filter: unknown, event_names: Parameters<typeof matchEndpoint>[0]['event_names'] = ['*']) =>
  matchEndpoint({ event_names, filter: filter === undefined ? undefined : JSON.stringify(filter) }, event);

describe('an endpoint', () => {
  test.each([
    ['without a filter', undefined],
    ['whose filter fits', { data: { score: [3] } }],
    ['whose filter asks for what only the bus knows', { id: [event.id], version: [1] }],
  ])('%s wants what it subscribed to', (_, filter) => {
    expect(judge(filter)).toEqual({ kind: 'wanted' });
    expect(judge(filter, ['subtitle_downloaded'])).toEqual({ kind: 'wanted' });
  });

  test('wants nothing that it did not subscribe to, whatever its filter says', () => {
    expect(judge({ data: { score: [3] } }, ['config_updated'])).toEqual({ kind: 'unsubscribed' });
    expect(judge({ data: { score: [4] } }, ['config_updated'])).toEqual({ kind: 'unsubscribed' });
  });

  test('is told why its filter keeps an event out', () => {
    expect(judge({ data: { score: [{ numeric: ['>', 5] }] } })).toEqual({
      kind: 'filtered',
      reason: 'data.score is 3; accepted: {"numeric":[">",5]}',
    });
    expect(judge({ $or: [{ data: { score: [4] } }, { data: { language: ['de'] } }] })).toEqual({
      kind: 'filtered',
      reason: 'data.score is 3; accepted: 4; or data.language is absent; accepted: "de"',
    });
  });

  test('is told so in at most 500 characters', () => {
    const choices = Array.from({ length: 60 }, (_, at) => `${at}`.repeat(20));
    const match = judge({ $or: [0, 1, 2].map((at) => ({ data: { note: [`${at}`, ...choices] } })) });
    expect(match.kind === 'filtered' && match.reason.length).toBe(500);
  });

  test('whose stored filter is no longer taken gets nothing, and is told why', () => {
    expect(judge({ data: { score: [{ between: [1, 2] }] } })).toEqual({
      kind: 'filtered',
      reason: expect.stringMatching(/^the filter is not valid: event pattern at data\.score\[0\]: unknown/),
    });
  });

  test('keeps its own filter among thousands of others', () => {
    for (let round = 0; round < 2; round++) {
      for (let score = 0; score < 1_500; score++) {
        expect(judge({ data: { score: [score] } }).kind).toBe(score === 3 ? 'wanted' : 'filtered');
      }
    }
  });
});
