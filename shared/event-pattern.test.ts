import { array, assert, integer, oneof, property, string, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileEventPattern, EventPatternError } from './event-pattern.ts';

const event = {
  source: 'sublarr.events',
  'detail-type': 'subtitle_downloaded',
  resources: ['arn:one', 'arn:two'],
  detail: {
    state: 'running',
    count: 5,
    ratio: 301.8,
    ok: true,
    nothing: null,
    empty: [],
    ip: '10.0.0.33',
    ip6: 'fd00::12',
    path: '/media/lib/Film.MKV',
    people: [
      { first: 'John', last: 'Doe' },
      { first: 'Anna', last: 'Smith', age: 30 },
    ],
    nested: [['a'], ['b', ['c']]],
  },
};

const matching: readonly (readonly [string, unknown])[] = [
  ['an exact text', { source: ['sublarr.events'] }],
  ['one of several values', { detail: { state: ['stopped', 'running'] } }],
  ['a number', { detail: { count: [5] } }],
  ['a boolean', { detail: { ok: [true] } }],
  ['null', { detail: { nothing: [null] } }],
  ['any element of an array', { resources: ['arn:two'] }],
  ['an element of nested arrays', { detail: { nested: ['c'] } }],
  ['fields of one array element', { detail: { people: { first: ['Anna'], last: ['Smith'] } } }],
  ['a prefix', { detail: { path: [{ prefix: '/media/' }] } }],
  ['a prefix ignoring case', { detail: { path: [{ prefix: { 'equals-ignore-case': '/MEDIA' } }] } }],
  ['a suffix', { detail: { path: [{ suffix: '.MKV' }] } }],
  ['a suffix ignoring case', { detail: { path: [{ suffix: { 'equals-ignore-case': '.mkv' } }] } }],
  ['text ignoring case', { detail: { state: [{ 'equals-ignore-case': 'RUNNING' }] } }],
  ['a wildcard', { detail: { path: [{ wildcard: '/media/*/Film.*' }] } }],
  ['anything but another value', { detail: { state: [{ 'anything-but': 'stopped' }] } }],
  ['anything but a list', { detail: { state: [{ 'anything-but': ['stopped', 'gone'] }] } }],
  ['anything but a number', { detail: { count: [{ 'anything-but': [1, 2] }] } }],
  ['anything but, of null', { detail: { nothing: [{ 'anything-but': 'x' }] } }],
  ['anything but, with one differing element', { resources: [{ 'anything-but': 'arn:one' }] }],
  ['anything but a prefix', { detail: { state: [{ 'anything-but': { prefix: 'init' } }] } }],
  ['anything but a list of suffixes', { detail: { state: [{ 'anything-but': { suffix: ['x', 'y'] } }] } }],
  [
    'anything but, ignoring case',
    { detail: { state: [{ 'anything-but': { 'equals-ignore-case': 'STOPPED' } }] } },
  ],
  ['anything but a wildcard', { detail: { state: [{ 'anything-but': { wildcard: 'st*d' } }] } }],
  ['a numeric range', { detail: { count: [{ numeric: ['>', 0, '<=', 5] }] } }],
  ['a numeric equality', { detail: { ratio: [{ numeric: ['=', 3.018e2] }] } }],
  ['an IPv4 range', { detail: { ip: [{ cidr: '10.0.0.0/24' }] } }],
  ['an IPv6 range', { detail: { ip6: [{ cidr: 'fc00::/7' }] } }],
  ['presence', { detail: { nothing: [{ exists: true }] } }],
  ['absence', { detail: { missing: [{ exists: false }] } }],
  ['absence below a missing object', { other: { missing: [{ exists: false }] } }],
  ['absence of a field that is no leaf', { detail: { people: [{ exists: false }] } }],
  ['absence or a value', { detail: { state: [{ exists: false }, 'running'] } }],
  ['an empty array as absent', { detail: { empty: [{ exists: false }] } }],
  ['one side of $or', { $or: [{ source: ['x'] }, { detail: { count: [5] } }] }],
  ['$or below a field', { detail: { $or: [{ count: [1] }, { state: ['running'] }] } }],
];

const refusing: readonly (readonly [string, unknown])[] = [
  ['another text', { source: ['other'] }],
  ['a number given as text', { detail: { count: ['5'] } }],
  ['one field of two', { source: ['sublarr.events'], detail: { state: ['stopped'] } }],
  ['fields of two different array elements', { detail: { people: { first: ['John'], last: ['Smith'] } } }],
  ['a prefix of a number', { detail: { count: [{ prefix: '5' }] } }],
  ['anything but the very value', { detail: { state: [{ 'anything-but': ['running'] }] } }],
  ['anything but, of a missing field', { detail: { missing: [{ 'anything-but': 'x' }] } }],
  ['anything but a fitting prefix', { detail: { state: [{ 'anything-but': { prefix: 'run' } }] } }],
  ['a number outside the range', { detail: { count: [{ numeric: ['>', 5] }] } }],
  ['a range of text', { detail: { state: [{ numeric: ['>', 0] }] } }],
  ['an address outside the range', { detail: { ip: [{ cidr: '10.0.1.0/24' }] } }],
  ['an IPv4 range for an IPv6 address', { detail: { ip6: [{ cidr: '0.0.0.0/0' }] } }],
  ['presence of a missing field', { detail: { missing: [{ exists: true }] } }],
  ['absence of a present field', { detail: { state: [{ exists: false }] } }],
  ['absence where one element has the field', { detail: { people: { age: [{ exists: false }] } } }],
  ['a wildcard that must end elsewhere', { detail: { path: [{ wildcard: '*.mkv' }] } }],
  ['no side of $or', { $or: [{ source: ['x'] }, { detail: { count: [6] } }] }],
  ['a name inherited by every object', { constructor: [{ exists: true }] }],
];

const broken: readonly (readonly [string, unknown, string])[] = [
  [
    'an unknown operator',
    { detail: { state: [{ contains: 'x' }] } },
    'detail.state: unknown operator "contains"',
  ],
  ['an unknown operator in anything-but', { a: [{ 'anything-but': { cidr: '::/0' } }] }, 'not "cidr"'],
  ['no object', ['x'], 'expected an object'],
  ['an empty object', {}, 'may not be empty'],
  ['an empty list', { a: [] }, 'may not be empty'],
  ['a bare value', { a: 'x' }, 'at a: expected a list'],
  ['two operators in one object', { a: [{ prefix: 'x', suffix: 'y' }] }, 'one key'],
  ['a list in a list', { a: [['x']] }, 'may not hold'],
  ['a prefix that is no text', { a: [{ prefix: 5 }] }, 'prefix takes text'],
  ['an unknown comparator', { a: [{ numeric: ['!=', 5] }] }, 'not "!="'],
  ['half a pair', { a: [{ numeric: ['>'] }] }, 'pairs'],
  ['a number too large', { a: [{ numeric: ['>', 6e9] }] }, '±5e9'],
  ['a bad CIDR range', { a: [{ cidr: '10.0.0.0/33' }] }, 'not a CIDR range'],
  ['two stars together', { a: [{ wildcard: 'a**b' }] }, 'stars'],
  ['a stray backslash', { a: [{ wildcard: 'a\\b' }] }, 'backslash'],
  ['exists with text', { a: [{ exists: 'yes' }] }, 'true or false'],
];

describe('an event pattern matches as EventBridge does', () => {
  test.each(matching)('accepts %s', (_, pattern) => {
    expect(compileEventPattern(pattern)(event)).toBe(true);
  });
  test.each(refusing)('refuses %s', (_, pattern) => {
    expect(compileEventPattern(pattern)(event)).toBe(false);
  });
  test.each(broken)('is itself refused, with the reason, for %s', (_, pattern, reason) => {
    expect(() => compileEventPattern(pattern)).toThrow(EventPatternError);
    expect(() => compileEventPattern(pattern)).toThrow(reason);
  });

  test('an escaped star is a star', () => {
    const isStarred = compileEventPattern({ a: [{ wildcard: 'x\\*y*' }] });
    expect([isStarred({ a: 'x*y!' }), isStarred({ a: 'xzy!' })]).toEqual([true, false]);
  });

  test('a wildcard accepts every text that begins, continues and ends with its parts', () => {
    const part = stringMatching(/^[a-z]{1,5}$/);
    const parts = array(part, { minLength: 2, maxLength: 4 });
    assert(
      property(parts, array(part, { minLength: 3, maxLength: 3 }), (parts, fill) => {
        const value = parts.reduce((text, next, at) => `${text}${fill[at - 1] ?? ''}${next}`);
        expect(compileEventPattern({ a: [{ wildcard: parts.join('*') }] })({ a: value })).toBe(true);
      }),
    );
  });

  test('for a present scalar, anything-but is the opposite of the value itself', () => {
    const scalar = oneof(string(), integer());
    assert(
      property(scalar, scalar, (value, excluded) => {
        const isOther = compileEventPattern({ a: [{ 'anything-but': excluded }] })({ a: value });
        const isSame = compileEventPattern({ a: [excluded] })({ a: value });
        expect(isOther).toBe(!isSame);
      }),
    );
  });
});
