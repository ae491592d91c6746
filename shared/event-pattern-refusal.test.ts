import { describe, expect, test } from 'vitest';
import { describePlace } from './describe-place.ts';
import { compileEventPattern, compilePattern, EventPatternError } from './event-pattern.ts';

const broken: readonly (readonly [what: string, pattern: unknown, place: string, problem: string])[] = [
  ['an unknown operator', { b: { a: ['x', { contains: 'x' }] } }, 'b.a[1]', 'unknown operator "contains"'],
  ['no object', ['x'], '', 'expected an object'],
  ['null', null, '', 'expected an object'],
  ['an empty object', { a: {} }, 'a', 'may not be empty'],
  ['an empty list', { a: [] }, 'a', 'may not be empty'],
  ['a bare value', { a: 'x' }, 'a', 'expected a list'],
  ['two operators in one object', { a: [{ prefix: 'x', suffix: 'y' }] }, 'a[0]', 'one key'],
  ['an empty operator', { a: [{}] }, 'a[0]', 'one key'],
  ['a list in a list', { a: ['y', ['x']] }, 'a[1]', 'may not hold'],
  ['a prefix that is no text', { a: [{ prefix: 5 }] }, 'a[0].prefix', 'prefix takes text'],
  [
    'a prefix of an unknown kind',
    { a: [{ prefix: { wildcard: 'x' } }] },
    'a[0].prefix',
    'equals-ignore-case',
  ],
  [
    'a prefix ignoring the case of a number',
    { a: [{ prefix: { 'equals-ignore-case': 5 } }] },
    'a[0].prefix.equals-ignore-case',
    'takes text',
  ],
  ['exists with text', { a: [{ exists: 'yes' }] }, 'a[0].exists', 'true or false'],
  ['exactly a number', { a: [{ exactly: 5 }] }, 'a[0].exactly', 'takes text'],

  ['an unknown comparator', { a: [{ numeric: ['!=', 5] }] }, 'a[0].numeric[0]', 'not "!="'],
  ['half a comparison', { a: [{ numeric: ['>'] }] }, 'a[0].numeric[1]', 'not nothing'],
  ['a number alone', { a: [{ numeric: 5 }] }, 'a[0].numeric', 'one comparison'],
  ['a text as number', { a: [{ numeric: ['>', '5'] }] }, 'a[0].numeric[1]', 'not "5"'],
  ['a number too large', { a: [{ numeric: ['>', 6e9] }] }, 'a[0].numeric[1]', '±5e9'],
  ['a number with 7 decimals', { a: [{ numeric: ['=', 0.1234567] }] }, 'a[0].numeric[1]', '6 decimals'],
  ['an upper bound first', { a: [{ numeric: ['<', 5, '>', 0] }] }, 'a[0].numeric', '> or >= followed by'],
  ['two lower bounds', { a: [{ numeric: ['>', 0, '>', 5] }] }, 'a[0].numeric', '> or >= followed by'],
  ['an equality and a bound', { a: [{ numeric: ['=', 0, '<', 5] }] }, 'a[0].numeric', 'one comparison'],
  ['three bounds', { a: [{ numeric: ['>', 0, '<', 5, '<', 6] }] }, 'a[0].numeric', 'one comparison'],
  ['an empty range', { a: [{ numeric: ['>=', 5, '<=', 5] }] }, 'a[0].numeric', 'leaves no number'],
  ['a range upside down', { a: [{ numeric: ['>', 5, '<', 0] }] }, 'a[0].numeric', 'leaves no number'],

  ['anything-but nothing', { a: [{ 'anything-but': [] }] }, 'a[0].anything-but', 'at least one'],
  [
    'anything-but no prefix',
    { a: [{ 'anything-but': { prefix: [] } }] },
    'a[0].anything-but.prefix',
    'at least',
  ],
  ['anything-but null', { a: [{ 'anything-but': null }] }, 'a[0].anything-but', 'texts or numbers'],
  ['anything-but true', { a: [{ 'anything-but': ['x', true] }] }, 'a[0].anything-but[1]', 'texts or numbers'],
  ['anything-but both kinds', { a: [{ 'anything-but': ['x', 1] }] }, 'a[0].anything-but', 'not both'],
  ['anything-but a vast number', { a: [{ 'anything-but': [6e9] }] }, 'a[0].anything-but[0]', '±5e9'],
  [
    'anything-but an empty prefix',
    { a: [{ 'anything-but': { prefix: ['x', ''] } }] },
    'a[0].anything-but.prefix[1]',
    'empty prefix',
  ],
  [
    'anything-but an empty suffix',
    { a: [{ 'anything-but': { suffix: '' } }] },
    'a[0].anything-but.suffix',
    'empty',
  ],
  [
    'anything-but a prefix ignoring case',
    { a: [{ 'anything-but': { prefix: { 'equals-ignore-case': 'x' } } }] },
    'a[0].anything-but.prefix',
    'prefix takes text',
  ],
  [
    'an unknown operator in anything-but',
    { a: [{ 'anything-but': { cidr: '::/0' } }] },
    'a[0].anything-but.cidr',
    'not "cidr"',
  ],
  [
    'two operators in anything-but',
    { a: [{ 'anything-but': { prefix: 'x', suffix: 'y' } }] },
    'a[0].anything-but',
    'one key',
  ],

  ['a bad CIDR range', { a: [{ cidr: '10.0.0.0/33' }] }, 'a[0].cidr', 'not a CIDR range'],
  ['a CIDR range of one address', { a: [{ cidr: '10.0.0.1/32' }] }, 'a[0].cidr', 'one address'],
  ['two stars together', { a: [{ wildcard: 'a**b' }] }, 'a[0].wildcard', 'stars'],
  ['two stars at the start', { a: [{ wildcard: '**' }] }, 'a[0].wildcard', 'stars'],
  ['a stray backslash', { a: [{ wildcard: 'a\\b' }] }, 'a[0].wildcard', 'backslash'],
  ['a backslash at the end', { a: [{ wildcard: 'a\\' }] }, 'a[0].wildcard', 'backslash'],
  [
    'two stars in anything-but',
    { a: [{ 'anything-but': { wildcard: ['**'] } }] },
    'a[0].anything-but.wildcard[0]',
    'stars',
  ],

  ['$or with one object', { $or: [{ a: ['x'] }] }, '$or[0]', 'unknown operator "a"'],
  ['$or with a list in it', { $or: [{ a: ['x'] }, { b: ['y'] }, ['z']] }, '$or[0]', 'unknown operator "a"'],
  ['$or with an empty object', { $or: [{ a: ['x'] }, {}] }, '$or[1]', 'may not be empty'],
  [
    'a field inside $or with an operator’s name',
    { $or: [{ a: { prefix: ['x'] } }, { b: ['y'] }] },
    '$or[0].a.prefix',
    '"prefix" may not name a field',
  ],
  ['a reserved field inside $or', { $or: [{ regex: ['x'] }, { b: ['y'] }] }, '$or[0].regex', 'may not name'],
  [
    'a field in $or and beside it',
    { a: ['x'], $or: [{ a: ['y'] }, { b: ['z'] }] },
    '$or[0].a',
    'a is asked for twice',
  ],
  [
    '$or in both of its meanings',
    { $or: [{ a: ['x'] }, { b: ['y'] }], c: { $or: ['z'] } },
    'c.$or',
    'is an operator elsewhere',
  ],
  [
    'more than 1000 combinations of $or',
    Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [`f${at}`, { $or: [{ a: ['x'] }, { b: ['y'] }] }]),
    ),
    'f9',
    'more than 1000 combinations',
  ],
];

function refusal(act: () => unknown): EventPatternError {
  try {
    act();
  } catch (error) {
    if (error instanceof EventPatternError) return error;
    throw error;
  }
  throw new Error('the pattern was taken');
}

describe('a pattern', () => {
  test.each(broken)('is itself refused, with the place, for %s', (_, pattern, place, problem) => {
    const error = refusal(() => compileEventPattern(pattern));
    expect(describePlace(error.path)).toBe(place);
    expect(error.problem).toContain(problem);
  });

  test('is refused for a field that events do not have, when these are known', () => {
    const compile = (pattern: unknown) => compilePattern(pattern, { knownFields: ['id', 'data'] });
    expect(compile({ data: { score: [1] } }).matches({ data: { score: 1 } })).toBe(true);
    const error = refusal(() => compile({ $or: [{ id: ['x'] }, { 'data.score': [1] }] }));
    expect([describePlace(error.path), error.problem]).toEqual([
      '$or[1].data.score',
      'an event has no such field; it has id, data',
    ]);
    expect(describePlace(refusal(() => compile({ detail: { score: [1] } })).path)).toBe('detail');
  });
});
