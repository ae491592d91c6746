import { describe, expect, test } from 'vitest';
import {
  catalog,
  eventNames,
  findPayloadProblems,
  isEventName,
  isMetaEvent,
  publishableEventNames,
} from './catalog.ts';

test('there are sixteen events, and every one but hook_executed may be published', () => {
  expect(eventNames).toHaveLength(16);
  expect(publishableEventNames).toHaveLength(15);
  expect(eventNames.filter(isMetaEvent)).toEqual(['hook_executed']);
});

test.each(eventNames)('the sample of %s has only keys of its payload, and each fits its type', (name) => {
  const { payload, sample } = catalog[name];
  expect(Object.keys(payload)).toEqual(expect.arrayContaining(Object.keys(sample)));
  expect(findPayloadProblems(name, sample)).toEqual([]);
});

test.each(['subtitle_downloaded', 'hook_executed'])('%s is an event', (name) => {
  expect(isEventName(name)).toBe(true);
});

test.each(['', 'nope', 'Subtitle_Downloaded', 'constructor', '__proto__', 'toString', '*'])(
  '"%s" is none',
  (name) => {
    expect(isEventName(name)).toBe(false);
  },
);

describe('payload problems', () => {
  test.each([
    ['subtitle_downloaded', {}, []],
    ['subtitle_downloaded', { season: 1 }, []],
    ['subtitle_downloaded', { season: 1.5 }, ['season: integer']],
    ['subtitle_downloaded', { season: '1' }, ['season: integer']],
    ['subtitle_downloaded', { season: true }, ['season: integer']],
    ['subtitle_downloaded', { season: 2 ** 53 }, ['season: integer']],
    ['subtitle_downloaded', { season: null, language: null }, []],
    ['subtitle_downloaded', { season: undefined }, []],
    ['subtitle_downloaded', { language: 5 }, ['language: string']],
    ['subtitle_downloaded', { language: ['de'] }, ['language: string']],
    ['subtitle_downloaded', { language: '' }, []],
    ['subtitle_downloaded', { score: 'x', season: {} }, ['score: integer', 'season: integer']],
    ['subtitle_downloaded', { unknown: { deep: [1] }, Season: 'x' }, []],
    ['translation_complete', { duration_ms: 1.5 }, []],
    ['translation_complete', { duration_ms: 1 }, []],
    ['translation_complete', { duration_ms: '1' }, ['duration_ms: number']],
    ['translation_complete', { duration_ms: Infinity }, ['duration_ms: number']],
    ['config_updated', { changed_keys: [] }, []],
    ['config_updated', { changed_keys: ['a', 'b'] }, []],
    ['config_updated', { changed_keys: ['a', 1] }, ['changed_keys: string[]']],
    ['config_updated', { changed_keys: [null] }, ['changed_keys: string[]']],
    ['config_updated', { changed_keys: 'a' }, ['changed_keys: string[]']],
    ['config_updated', { changed_keys: { 0: 'a' } }, ['changed_keys: string[]']],
    ['standalone_file_detected', { wanted: false }, []],
    ['standalone_file_detected', { wanted: 0 }, ['wanted: boolean']],
  ] as const)('of %s %j are %j', (name, data, problems) => {
    expect(findPayloadProblems(name, data).map(({ key, expected }) => `${key}: ${expected}`)).toEqual(
      problems,
    );
  });
});
