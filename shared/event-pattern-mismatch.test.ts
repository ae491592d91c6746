import {
  array,
  assert,
  boolean,
  constant,
  dictionary,
  integer,
  letrec,
  oneof,
  property,
  string,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLeaf } from './event-pattern-choices.ts';
import { compilePattern } from './event-pattern.ts';

const event = {
  event_name: 'subtitle_downloaded',
  data: {
    score: 3,
    language: 'de',
    huge: 6e9,
    path: 'x'.repeat(300),
    tags: ['a', 'b', 'c', 'd', 'e'],
    series: { title: 'Film' },
    people: [
      { first: 'John', last: 'Doe' },
      { first: 'Anna', last: 'Smith', nick: 'An' },
    ],
  },
};

const explain = (pattern: unknown) => compilePattern(pattern).findMismatches(event);

describe('a mismatch names the field, what it is, and what is accepted', () => {
  test.each<[string, unknown, string, string]>([
    [
      'a number out of range',
      { data: { score: [{ numeric: ['>', 5] }] } },
      'data.score',
      'data.score is 3; accepted: {"numeric":[">",5]}',
    ],
    [
      'an absent field',
      { data: { provider: ['x', null] } },
      'data.provider',
      'data.provider is absent; accepted: "x", null',
    ],
    [
      'the first of several',
      { data: { language: ['en'], score: [1] }, event_name: ['x'] },
      'data.language',
      'data.language is "de"; accepted: "en"',
    ],
    [
      'the values of an array',
      { data: { tags: ['z'] } },
      'data.tags',
      'data.tags is "a", "b", "c" and 2 more; accepted: "z"',
    ],
    ['an object', { data: { series: ['z'] } }, 'data.series', 'data.series is an object; accepted: "z"'],
    [
      'presence',
      { data: { score: [{ exists: false }] } },
      'data.score',
      'data.score is 3; accepted: {"exists":false}',
    ],
    [
      'a number that numeric cannot compare',
      { data: { huge: [{ numeric: ['>', 5] }] } },
      'data.huge',
      'data.huge is 6000000000; accepted: {"numeric":[">",5]} (numeric compares numbers within ±5e9 and of at most 6 decimals)',
    ],
    [
      'different elements of an array',
      { data: { people: { first: ['John'], last: ['Smith'] } } },
      'data.people.first',
      'data.people.first, data.people.last fit one by one, but not in the same element of an array',
    ],
    [
      'a field with a value before one that may be absent',
      { data: { people: { first: ['John'], nick: [{ exists: false }], last: ['Smithers'] } } },
      'data.people.last',
      'data.people.last is "Doe", "Smith"; accepted: "Smithers"',
    ],
  ])('%s', (_, pattern, field, message) => {
    expect(explain(pattern)).toEqual([{ field, message }]);
  });

  test('of each way that $or gives to match, up to three, and none twice', () => {
    const ways = ['en', 'fr', 'it', 'es'].map((language) => ({ data: { language: [language] } }));
    expect(explain({ $or: ways }).map(({ message }) => message)).toEqual([
      'data.language is "de"; accepted: "en"',
      'data.language is "de"; accepted: "fr"',
      'data.language is "de"; accepted: "it"',
    ]);
    const common = { event_name: ['x'], data: { $or: [{ language: ['en'] }, { score: [1] }] } };
    expect(explain(common)).toEqual([
      { field: 'event_name', message: 'event_name is "subtitle_downloaded"; accepted: "x"' },
    ]);
  });

  test('in a bounded length, whatever the event and the pattern hold', () => {
    const [long] = explain({ data: { path: Array.from({ length: 100 }, (_, at) => `${at}`.repeat(20)) } });
    expect(long?.message).toMatch(/^data\.path is "x{78}…; accepted: .*…$/);
    expect(long?.message.length).toBeLessThan(400);
    const [deep] = explain({ ['n'.repeat(1000)]: ['x'] });
    expect(deep?.field).toHaveLength(100);
    expect(deep?.message.length).toBeLessThan(300);
  });
});

const { value } = letrec((tie) => ({
  value: oneof(
    { maxDepth: 3 },
    integer({ min: -1000, max: 1000 }),
    string(),
    boolean(),
    constant(null),
    array(tie('value'), { maxLength: 3 }),
    dictionary(string(), tie('value'), { maxKeys: 3 }),
  ),
}));

/** The pattern that asks for every value of an event; undefined where there is none. */
function patternOf(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (isLeaf(value)) return [value];
  if (Array.isArray(value)) return patternOf(value[0]);
  const fields = Object.entries(value).flatMap(([name, inner]) => {
    const pattern = patternOf(inner);
    return pattern === undefined ? [] : [[name, pattern] as const];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

test('a pattern built from an event matches it, and one change of a value is found and named', () => {
  assert(
    property(dictionary(string(), value), string(), (event, name) => {
      const pattern = patternOf(event);
      if (pattern === undefined) return;
      expect(compilePattern(pattern).findMismatches(event)).toEqual([]);
      const changed = compilePattern({ ...(pattern as object), [name]: [{ prefix: '\u0000other' }] });
      const field = name.length <= 100 ? name : `${name.slice(0, 99)}…`;
      expect(changed.findMismatches(event).map((mismatch) => mismatch.field)).toEqual([field]);
    }),
  );
});
