import { array, assert, double, integer, oneof, property, string, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileEventPattern } from './event-pattern.ts';

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

/** What event-ruler's documentation, or its behaviour, says; a pattern; an event; whether it matches. */
const rules: readonly (readonly [rule: string, pattern: unknown, event: string, matches: boolean])[] = [
  ['numbers are compared by value: 1 is 1.0', { a: [1] }, '{"a":1.0}', true],
  ['numbers are compared by value: 1 is 1e0', { a: [1] }, '{"a":1e0}', true],
  ['numbers are compared by value: 300.0 is 3e2', { a: [{ numeric: ['=', 300] }] }, '{"a":3.000e2}', true],
  ['zero has no sign', { a: [0] }, '{"a":-0}', true],
  ['a number is not its text', { a: [1] }, '{"a":"1"}', false],
  ['text is not its number', { a: ['1'] }, '{"a":1}', false],
  ['true is not its text', { a: [true] }, '{"a":"true"}', false],
  ['null is not its text', { a: ['null'] }, '{"a":null}', false],
  ['null is not the empty text', { a: [''] }, '{"a":null}', false],
  ['the empty text is a value', { a: [''] }, '{"a":""}', true],
  ['null is a value', { a: [null] }, '{"a":null}', true],
  ['null is not absence', { a: [null] }, '{}', false],
  ['a large number equals itself', { a: [123456789012] }, '{"a":123456789012}', true],

  ['numeric works with JSON numbers only', { a: [{ numeric: ['>', 0] }] }, '{"a":"1"}', false],
  ['numeric is limited to +5e9, inclusive', { a: [{ numeric: ['>', 0] }] }, '{"a":5000000000}', true],
  ['numeric is limited to -5e9, inclusive', { a: [{ numeric: ['<', 0] }] }, '{"a":-5e9}', true],
  ['numeric never fits a larger number', { a: [{ numeric: ['>', 0] }] }, '{"a":5000000001}', false],
  ['numeric sees 6 digits after the point', { a: [{ numeric: ['>', 0.1] }] }, '{"a":0.100001}', true],
  ['numeric never fits a number with more', { a: [{ numeric: ['>', 0.1] }] }, '{"a":0.1000011}', false],
  ['numeric excludes an open bottom', { a: [{ numeric: ['>', 0, '<=', 5] }] }, '{"a":0}', false],
  ['numeric includes a closed top', { a: [{ numeric: ['>', 0, '<=', 5] }] }, '{"a":5}', true],
  ['numeric includes a closed bottom', { a: [{ numeric: ['>=', 0, '<', 5] }] }, '{"a":0}', true],
  ['numeric excludes an open top', { a: [{ numeric: ['>=', 0, '<', 5] }] }, '{"a":5}', false],

  ['prefix works with text only', { a: [{ prefix: '' }] }, '{"a":1}', false],
  ['every text has the empty prefix', { a: [{ prefix: '' }] }, '{"a":""}', true],
  ['every text has the empty suffix', { a: [{ suffix: '' }] }, '{"a":"x"}', true],
  [
    'prefix can ignore case',
    { a: [{ prefix: { 'equals-ignore-case': 'EventB' } }] },
    '{"a":"eVENTbUS"}',
    true,
  ],
  ['suffix can ignore case', { a: [{ suffix: { 'equals-ignore-case': '.png' } }] }, '{"a":"x.PnG"}', true],
  ['equals-ignore-case is about text only', { a: [{ 'equals-ignore-case': '5' }] }, '{"a":5}', false],
  ['case folds letter by letter', { a: [{ 'equals-ignore-case': 'STRASSE' }] }, '{"a":"straße"}', false],
  ['exactly is the plain text', { a: [{ exactly: 'x' }] }, '{"a":"x"}', true],

  ['wildcard works with text only', { a: [{ wildcard: '*' }] }, '{"a":1}', false],
  ['* stands for nothing too', { a: [{ wildcard: 'a*b' }] }, '{"a":"ab"}', true],
  ['* alone is every text', { a: [{ wildcard: '*' }] }, '{"a":""}', true],
  ['* may not be met twice by one character', { a: [{ wildcard: 'ab*ba' }] }, '{"a":"aba"}', false],
  ['an escaped * is a star', { a: [{ wildcard: 'x\\*y' }] }, '{"a":"x*y"}', true],
  ['an escaped * is only a star', { a: [{ wildcard: 'x\\*y' }] }, '{"a":"xzy"}', false],
  ['an escaped * may stand beside a *', { a: [{ wildcard: '*\\**' }] }, '{"a":"a*b"}', true],
  ['an escaped backslash is a backslash', { a: [{ wildcard: 'c:\\\\*' }] }, '{"a":"c:\\\\x"}', true],

  ['anything-but a text accepts numbers', { a: [{ 'anything-but': '1' }] }, '{"a":1}', true],
  ['anything-but a number accepts its text', { a: [{ 'anything-but': 1 }] }, '{"a":"1"}', true],
  ['anything-but a number knows 1.0', { a: [{ 'anything-but': 1 }] }, '{"a":1.0}', false],
  ['anything-but accepts null', { a: [{ 'anything-but': ['x'] }] }, '{"a":null}', true],
  ['anything-but accepts booleans', { a: [{ 'anything-but': ['x'] }] }, '{"a":false}', true],
  ['anything-but the empty text', { a: [{ 'anything-but': '' }] }, '{"a":""}', false],
  ['anything-but wants a value', { a: [{ 'anything-but': 'x' }] }, '{}', false],
  ['anything-but wants a value, also in an array', { a: [{ 'anything-but': 'x' }] }, '{"a":[]}', false],
  ['anything-but wants a leaf', { a: [{ 'anything-but': 'x' }] }, '{"a":{"b":1}}', false],
  ['anything-but a prefix accepts numbers', { a: [{ 'anything-but': { prefix: '1' } }] }, '{"a":1}', true],
  ['anything-but prefixes', { a: [{ 'anything-but': { prefix: ['x', 'y'] } }] }, '{"a":"yes"}', false],
  ['anything-but suffixes', { a: [{ 'anything-but': { suffix: ['x', 'y'] } }] }, '{"a":"box"}', false],
  [
    'anything-but texts, ignoring case',
    { a: [{ 'anything-but': { 'equals-ignore-case': ['On', 'Off'] } }] },
    '{"a":"OFF"}',
    false,
  ],
  ['anything-but wildcards', { a: [{ 'anything-but': { wildcard: ['a*', '*z'] } }] }, '{"a":"fizz"}', false],
  ['one element of an array is enough', { a: [{ 'anything-but': 'x' }] }, '{"a":["x","y"]}', true],
  [
    'two anything-buts of a field are alternatives',
    { a: [{ 'anything-but': 'x' }, { 'anything-but': 'y' }] },
    '{"a":"x"}',
    true,
  ],

  ['exists works on leaves: an object is none', { a: [{ exists: true }] }, '{"a":{"b":1}}', false],
  ['exists: false fits what is no leaf', { a: [{ exists: false }] }, '{"a":{"b":1}}', true],
  ['an empty array is absent', { a: [{ exists: true }] }, '{"a":[]}', false],
  ['an array of empty arrays is absent', { a: [{ exists: false }] }, '{"a":[[],[[]]]}', true],
  ['null is present', { a: [{ exists: true }] }, '{"a":null}', true],
  ['an array with a value is present', { a: [{ exists: true }] }, '{"a":[[null]]}', true],
  ['absence below an absent object', { a: { b: [{ exists: false }] } }, '{}', true],
  ['absence below a leaf', { a: { b: [{ exists: false }] } }, '{"a":1}', true],
  ['absence beside a value', { a: [{ exists: false }, 'x'] }, '{"a":"x"}', true],
  ['absence or a value, of another value', { a: [{ exists: false }, 'x'] }, '{"a":"y"}', false],

  ['an address is itself however written', { a: ['fd00::1'] }, '{"a":"FD00:0:0::1"}', true],
  ['cidr ignores the bits behind the prefix', { a: [{ cidr: '10.0.0.9/24' }] }, '{"a":"10.0.0.1"}', true],
  ['cidr works with text only', { a: [{ cidr: '0.0.0.0/0' }] }, '{"a":1}', false],
  ['cidr of IPv6', { a: [{ cidr: '2001:db8::/32' }] }, '{"a":"2001:DB8::FF"}', true],
  [
    'cidr and numeric on one field',
    { a: [{ numeric: ['=', 1] }, { cidr: '10.0.0.0/8' }] },
    '{"a":"10.0.0.1"}',
    true,
  ],

  ['the array structure is crushed out', { a: { b: ['x'] } }, '{"a":[{"b":"w"},{"b":["v","x"]}]}', true],
  ['this works for multi-level arrays too', { a: { b: ['x'] } }, '{"a":[[{"b":"w"}],[[{"b":"x"}]]]}', true],
  ['an array beside values', { a: { b: ['x'] } }, '{"a":[1,null,{"b":"x"}]}', true],
  ['fields in two elements never match', { a: { b: ['x'], c: ['y'] } }, '{"a":[{"b":"x"},{"c":"y"}]}', false],
  ['fields in one element do', { a: { b: ['x'], c: ['y'] } }, '{"a":[{"b":"w"},{"b":"x","c":"y"}]}', true],
  [
    'fields in two elements of a nested array never match',
    { a: { b: ['x'], c: ['y'] } },
    '{"a":[[{"b":"x"},{"c":"y"}]]}',
    false,
  ],
  [
    'fields below two elements never match',
    { a: { b: { c: ['x'] }, d: ['y'] } },
    '{"a":[{"b":{"c":"x"}},{"d":"y"}]}',
    false,
  ],
  [
    'fields in two arrays may match in any elements',
    { a: { b: ['x'] }, c: { d: ['y'] } },
    '{"a":[{"b":"w"},{"b":"x"}],"c":[{"d":"y"}]}',
    true,
  ],
  [
    'absence of a field tested after another one of its element is that element’s',
    { a: { b: ['x'], c: [{ exists: false }] } },
    '{"a":[{"b":"x"},{"c":"y"}]}',
    true,
  ],
  [
    'absence of a field tested before, by the order of names, is that of all elements',
    { a: { b: [{ exists: false }], c: ['x'] } },
    '{"a":[{"b":"y"},{"c":"x"}]}',
    false,
  ],
  [
    'the order is that of whole names: b- comes before b.c',
    { a: { b: { c: [{ exists: false }] }, 'b-': [1] } },
    '{"a":[{"b-":1},{"b":{"c":1}}]}',
    true,
  ],
  [
    'one absence says nothing of which element is meant',
    { a: { b: [{ exists: false }], c: [{ exists: false }] } },
    '{"a":[{},{"c":1}]}',
    false,
  ],
  [
    'absence outside of an array says nothing of its elements',
    { a: { b: ['x'] }, c: [{ exists: false }] },
    '{"a":[{"b":"x","c":1}]}',
    true,
  ],

  ['$or takes one of its objects', { $or: [{ a: ['x'] }, { b: ['y'] }] }, '{"b":"y"}', true],
  ['$or wants one of its objects', { $or: [{ a: ['x'] }, { b: ['y'] }] }, '{"a":"y","b":"x"}', false],
  ['$or beside fields', { c: ['z'], $or: [{ a: ['x'] }, { b: ['y'] }] }, '{"a":"x"}', false],
  ['$or with an and inside', { $or: [{ a: ['x'], b: ['y'] }, { c: ['z'] }] }, '{"a":"x"}', false],
  [
    'nested $or',
    { $or: [{ a: ['x'], $or: [{ b: ['y'] }, { c: ['z'] }] }, { d: ['w'] }] },
    '{"a":"x","c":"z"}',
    true,
  ],
  [
    'parallel $or',
    { $or: [{ a: ['x'] }, { b: ['y'] }], c: { $or: [{ d: [1] }, { e: [2] }] } },
    '{"b":"y","c":{"d":1}}',
    true,
  ],
  [
    '$or and a field beside it keep to one element',
    { $or: [{ a: { b: ['x'] } }, { d: ['w'] }], a: { c: ['y'] } },
    '{"a":[{"b":"x"},{"c":"y"}]}',
    false,
  ],
  ['$or with an object is a field’s name', { $or: { a: ['x'] } }, '{"$or":{"a":"x"}}', true],
  ['$or with one operator is a field’s name', { $or: [{ prefix: 'x' }] }, '{"$or":"xy"}', true],
  ['$or with operators is a field’s name', { $or: [{ prefix: 'x' }, { suffix: 'x' }] }, '{"$or":"yx"}', true],
  ['$or with plain values is a field’s name', { $or: ['x', 'y'] }, '{"$or":"y"}', true],

  ['a name with a dot is one name', { 'a.b': ['x'] }, '{"a.b":"x"}', true],
  ['and not two names', { 'a.b': ['x'] }, '{"a":{"b":"x"}}', false],
  ['of a key given twice the last counts', JSON.parse('{"a":["x"],"a":["y"]}'), '{"a":"y"}', true],
];

describe('an event pattern matches as EventBridge does', () => {
  test.each(matching)('accepts %s', (_, pattern) => {
    expect(compileEventPattern(pattern)(event)).toBe(true);
  });
  test.each(refusing)('refuses %s', (_, pattern) => {
    expect(compileEventPattern(pattern)(event)).toBe(false);
  });
  test.each(rules)('%s: %j, of %s: %s', (_, pattern, text, matches) => {
    expect(compileEventPattern(pattern)(JSON.parse(text))).toBe(matches);
  });
  test('matches arrays of any depth', () => {
    let nested: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    expect(compileEventPattern({ a: ['x'] })({ a: nested })).toBe(true);
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

  test('numeric compares as numbers do, for all that it knows', () => {
    const number = oneof(
      integer({ min: -5e9, max: 5e9 }),
      integer({ min: -5e8, max: 5e8 }).map((millionths) => millionths / 1e6),
      double({ min: -5, max: 5, noNaN: true }).map((value) => Number(value.toFixed(6))),
    );
    assert(
      property(number, number, (value, limit) => {
        const fits = (comparator: string) =>
          compileEventPattern({ a: [{ numeric: [comparator, limit] }] })({ a: value });
        expect(fits('=')).toBe(value === limit);
        if (limit > -5e9) expect([fits('<'), fits('<=')]).toEqual([value < limit, value <= limit]);
        if (limit < 5e9) expect([fits('>'), fits('>=')]).toEqual([value > limit, value >= limit]);
      }),
    );
  });
});
