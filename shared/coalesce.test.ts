import { describe, expect, test } from 'vitest';
import { anEvent } from '../test/builders/an-event.ts';
import { coalesceFieldSchema, renderKey } from './coalesce.ts';

describe('a key template', () => {
  test.each([
    [''],
    ['all of them'],
    ['{event_name}'],
    ['{version}'],
    ['{data.series_title}'],
    ['{event_name}: {data.series_title} ({data.season.number})'],
    ['{data.with space-and_more}'],
  ])('%j is taken as it is', (key) => {
    const coalesce = { window_seconds: 60, key };
    expect(coalesceFieldSchema.parse(coalesce)).toEqual(coalesce);
  });

  test.each([
    ['{', 'at character 1: "{" stands alone'],
    ['of {event_name', 'at character 4: "{" stands alone'],
    ['{event_name}}', 'at character 13: "}" stands alone'],
    ['{{event_name}}', 'at character 1: "{" stands alone'],
    ['{}', 'at character 1: {} is no field of an event'],
    ['{series_title}', 'at character 1: {series_title} is no field of an event; known: {event_name}'],
    ['{event_name} {data}', 'at character 14: {data} is no field of an event'],
    ['{data.}', 'at character 1: {data.} is no field of an event'],
    ['{data..title}', 'at character 1: {data..title} is no field of an event'],
    ['{event_name.de}', 'at character 1: {event_name.de} is no field of an event'],
    ['{id}', 'at character 1: {id} cannot be part of a key: every event has its own'],
    ['{event_name}{timestamp}', 'at character 13: {timestamp} cannot be part of a key'],
    ['x'.repeat(501), 'Too big'],
  ])('%j is refused with its place', (key, message) => {
    const parsed = coalesceFieldSchema.safeParse({ window_seconds: 60, key });
    expect(parsed.error?.issues).toMatchObject([
      { path: ['key'], message: expect.stringContaining(message) },
    ]);
  });
});

describe('a window', () => {
  test.each([1, 900])('of %d s is taken', (window_seconds) => {
    expect(coalesceFieldSchema.safeParse({ window_seconds, key: '' }).success).toBe(true);
  });

  test.each([0, 901, 1.5, '60', null, undefined])('of %j is refused', (window_seconds) => {
    const parsed = coalesceFieldSchema.safeParse({ window_seconds, key: '' });
    expect(parsed.error?.issues).toMatchObject([{ path: ['window_seconds'] }]);
  });
});

describe('the key of an event', () => {
  const data = {
    series_title: 'Frieren',
    season: { number: 2, parts: ['a', 'b'] },
    watched: false,
    none: null,
    odd: '{event_name} $& $1',
  };
  const event = anEvent({ data });

  test.each([
    ['all', 'all'],
    ['{event_name} of {data.series_title}', 'subtitle_downloaded of Frieren'],
    ['v{version}', 'v1'],
    ['{data.season.number}/{data.watched}', '2/false'],
    ['{data.season.parts}', '["a","b"]'],
    ['{data.season.parts.1}', 'b'],
    ['{data.season}', '{"number":2,"parts":["a","b"]}'],
    ['[{data.missing}{data.none}{data.series_title.length}]', '[]'],
    ['[{data.constructor}{data.season.toString}{data.__proto__}]', '[]'],
    ['{data.odd}', '{event_name} $& $1'],
  ])('by %j is %j', (template, key) => {
    expect(renderKey(template, event)).toBe(key);
  });
});
