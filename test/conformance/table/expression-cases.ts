import { GetCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Capability } from './table-capabilities.ts';
import type { Row, TableSuite } from './table-suite.ts';

const key = { pk: 'a', sk: 'b' };

const item = {
  ...key,
  word: 'hello',
  wide: 'é🎬',
  count: 5,
  price: 1.5,
  yes: true,
  nothing: null,
  bytes: new Uint8Array([1, 2, 3]),
  tags: new Set(['red', 'green']),
  numbers: new Set([1, 2]),
  list: ['x', 7, { deep: [1, 2] }, ['nested']],
  map: { inside: { n: 3 }, other: 'o' },
};

/** Attribute names that are reserved are given as `#name` by all cases. */
const names: Row = {
  '#count': 'count',
  '#list': 'list',
  '#map': 'map',
  '#yes': 'yes',
  '#bytes': 'bytes',
  '#constructor': 'constructor',
};

const values: Row = {
  ':hello': 'hello',
  ':hel': 'hel',
  ':x': 'x',
  ':z': 'z',
  ':red': 'red',
  ':5': 5,
  ':4': 4,
  ':6': 6,
  ':1': 1,
  ':2': 2,
  ':3': 3,
  ':7': 7,
  ':true': true,
  ':null': null,
  ':b12': new Uint8Array([1, 2]),
  ':b123': new Uint8Array([1, 2, 3]),
  ':b2': new Uint8Array([2]),
  ':tags': new Set(['green', 'red']),
  ':map': { other: 'o', inside: { n: 3 } },
  ':nested': ['nested'],
  ':S': 'S',
  ':N': 'N',
  ':SS': 'SS',
  ':L': 'L',
  ':M': 'M',
  ':NULL': 'NULL',
  ':BOOL': 'BOOL',
  ':B': 'B',
  ':private': '\ue000',
  ':film': '🎬',
};

/** What of all names and values an expression uses. */
function bind(expression: string, from: Row, sign: '#' | ':'): Row | undefined {
  const used = Object.entries(from).filter(([name]) =>
    new RegExp(`${sign}${name.slice(1)}(?![A-Za-z0-9_])`).test(expression),
  );
  return used.length === 0 ? undefined : Object.fromEntries(used);
}

const bound = (expression: string) => {
  const [ExpressionAttributeNames, ExpressionAttributeValues] = [
    bind(expression, names, '#'),
    bind(expression, values, ':'),
  ];
  return {
    ...(ExpressionAttributeNames && {
      ExpressionAttributeNames: Object.fromEntries(
        Object.entries(ExpressionAttributeNames).map(([alias, name]) => [alias, String(name)]),
      ),
    }),
    ...(ExpressionAttributeValues && { ExpressionAttributeValues }),
  };
};

const holding = [
  'word = :hello',
  ':hello = word',
  'word <> :x',
  'absent <> :x',
  'NOT absent = :x',
  'price < :2',
  'price <= :2 AND price >= :1 AND price > :1',
  '#count BETWEEN :4 AND :6',
  '#count BETWEEN :5 AND :5',
  'word IN (:x, :hello)',
  'attribute_exists(word) AND attribute_not_exists(absent)',
  'attribute_exists(#map.inside.n) AND attribute_not_exists(#map.inside.m)',
  'attribute_exists(#list[2].deep[1]) AND attribute_not_exists(#list[9])',
  'attribute_type(word, :S) AND attribute_type(#count, :N) AND attribute_type(tags, :SS)',
  'attribute_type(#list, :L) AND attribute_type(#map, :M) AND attribute_type(#bytes, :B)',
  'attribute_type(nothing, :NULL) AND attribute_type(#yes, :BOOL)',
  'begins_with(word, :hel)',
  'contains(word, :hel)',
  'contains(tags, :red)',
  'contains(numbers, :2)',
  'contains(#list, :x) AND contains(#list, :7)',
  'size(word) = :5',
  'size(word) > size(tags)',
  'size(tags) = :2 AND size(#map) = :2 AND size(#bytes) = :3',
  '#yes = :true',
  'nothing = :null',
  '#map.inside.n = :3',
  '#list[1] = :7',
  '#list[2].deep[0] = :1',
  'word = :x OR word = :hello',
  'word = :x AND word = :x OR word = :hello',
  'word = :hello OR word = :x AND word = :x',
  '(word = :hello OR word = :x) AND NOT (word = :x)',
  'NOT word = :x AND word = :hello',
  'not word = :x aNd word between :hel and :x',
  '#count > price',
  '#count<>:4',
  'tags = :tags',
  'begins_with(#bytes, :b12) AND contains(#bytes, :b2)',
];

const failing = [
  'word = :x',
  'word = :5',
  'absent = :x',
  'absent < :x',
  'word < :5',
  '#count BETWEEN :6 AND :7',
  'word IN (:x, :5)',
  'attribute_not_exists(word)',
  'attribute_exists(#list[4])',
  'attribute_type(word, :N)',
  'begins_with(#count, :hel)',
  'contains(word, :z)',
  'contains(tags, :x)',
  'contains(#count, :x)',
  'size(#count) = :1',
  'size(absent) = :1',
  'NOT word = :hello',
  '(word = :hello OR word = :x) AND word = :x',
  'word = :x AND (word = :hello OR word = :hello)',
  'attribute_exists(#constructor)',
];

const beyond = (suite: TableSuite): readonly (readonly [Capability, string])[] => [
  [suite.capabilities.comparesCollections, '#map = :map AND #list[3] = :nested'],
  [suite.capabilities.comparesCollections, 'contains(#list, :nested)'],
  [suite.capabilities.countsBytes, 'size(wide) = :6'],
  [suite.capabilities.ordersByBytes, ':private < :film AND word = :hello'],
];

const refused: readonly (readonly [string, RegExp])[] = [
  ['', /The expression can not be empty/],
  ['word', /Syntax error/],
  ['word = ', /Syntax error/],
  ['word = :x AND', /Syntax error/],
  ['word == :x', /Syntax error/],
  ['(word = :x', /Syntax error/],
  ['word = :x)', /Syntax error/],
  ['word ~ :x', /Syntax error/],
  ['status = :x', /Attribute name is a reserved keyword; reserved keyword: status/],
  ['#unknown = :x', /name used in the document path is not defined; attribute name: #unknown/],
  ['word = :unknown', /value used in expression is not defined; attribute value: :unknown/],
  ['shout(word) = :x', /Invalid function name; function: shout/],
  ['size(word)', /[Ff]unction/],
  ['attribute_exists(word, word)', /Incorrect number of operands for operator or function/],
  ['attribute_exists(:x)', /Operator or function requires a document path/],
  [
    'begins_with(word, :5)',
    /Incorrect operand type for operator or function; .*begins_with, operand type: N/,
  ],
  ['attribute_type(word, :x)', /Invalid attribute type name found/],
  ['word BETWEEN :x AND :hello', /BETWEEN operator requires upper bound to be greater than or equal/],
  ['word BETWEEN :x AND :5', /BETWEEN operator requires same data type for lower and upper bounds/],
  ['word = word', /The first operand must be distinct from the remaining operands/],
  ['((word = :x))', /The expression has redundant parentheses/],
];

/** Conditions, in filters and on writes. */
export function describeConditions(suite: TableSuite): void {
  describe('a condition', () => {
    let TableName: string;
    beforeAll(async () => {
      TableName = await suite.newTable();
      await suite.put(TableName, item);
    });
    const matches = async (FilterExpression: string): Promise<number | undefined> => {
      const answer = await suite
        .document()
        .send(new ScanCommand({ TableName, FilterExpression, ...bound(FilterExpression) }));
      expect(answer.ScannedCount).toBe(1);
      return answer.Count;
    };

    it.each(holding)('%s holds', async (expression) => expect(await matches(expression)).toBe(1));
    it.each(failing)('%s does not hold', async (expression) => expect(await matches(expression)).toBe(0));
    for (const [capability, expression] of beyond(suite)) {
      suite.itNeeds(capability, `${expression} holds`, async () => expect(await matches(expression)).toBe(1));
    }

    it.each(refused)('%s is refused', async (expression, message) => {
      const ConditionExpression = expression;
      await expect(
        suite
          .document()
          .send(new PutCommand({ TableName, Item: item, ConditionExpression, ...bound(expression) })),
      ).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(message),
      });
    });

    suite.itNeeds(suite.capabilities.checksOperands, 'that orders what has no order is refused', async () => {
      await expect(matches('word < :true')).rejects.toThrow(
        'Invalid FilterExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
      );
    });

    it('with names or values that nothing uses is refused', async () => {
      const put = (extra: object) =>
        suite.document().send(
          new PutCommand({
            TableName,
            Item: item,
            ConditionExpression: 'word = :hello',
            ExpressionAttributeValues: { ':hello': 'hello' },
            ...extra,
          }),
        );
      await expect(put({ ExpressionAttributeNames: { '#unused': 'x' } })).rejects.toThrow(
        'Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}',
      );
      await expect(put({ ExpressionAttributeValues: { ':hello': 'hello', ':unused': 1 } })).rejects.toThrow(
        'Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}',
      );
    });

    it('that names overlapping paths in a projection is refused', async () => {
      const get = suite.document().send(
        new GetCommand({
          TableName,
          Key: key,
          ProjectionExpression: '#map, #map.inside',
          ExpressionAttributeNames: { '#map': 'map' },
        }),
      );
      await expect(get).rejects.toThrow(/Two document paths overlap with each other/);
    });
  });
}

interface UpdateCase {
  readonly title: string;
  readonly before?: Row;
  readonly update: string;
  readonly values?: Row;
  readonly after: Row;
}

const updates: readonly UpdateCase[] = [
  {
    title: 'SET of an attribute',
    before: { a: 1 },
    update: 'SET a = :v, b = :w',
    values: { ':v': 'x', ':w': 2 },
    after: { a: 'x', b: 2 },
  },
  {
    title: 'SET from another attribute, as it was before',
    before: { a: 1, b: 2 },
    update: 'SET a = b, b = a',
    after: { a: 2, b: 1 },
  },
  { title: 'counting', before: { n: 1 }, update: 'SET n = n + :one', values: { ':one': 1 }, after: { n: 2 } },
  {
    title: 'counting down below zero',
    before: { n: 1 },
    update: 'SET n = n - :v',
    values: { ':v': 2.5 },
    after: { n: -1.5 },
  },
  {
    title: 'counting exactly',
    before: { n: 0.1 },
    update: 'SET n = n + :v',
    values: { ':v': 0.2 },
    after: { n: 0.3 },
  },
  {
    title: 'counting from nothing',
    update: 'SET n = if_not_exists(n, :zero) + :one',
    values: { ':zero': 0, ':one': 1 },
    after: { n: 1 },
  },
  {
    title: 'if_not_exists of what is there',
    before: { a: 'old' },
    update: 'SET a = if_not_exists(a, :v)',
    values: { ':v': 'new' },
    after: { a: 'old' },
  },
  {
    title: 'list_append at the end and the front',
    before: { l: [1] },
    update: 'SET l = list_append(l, :v)',
    values: { ':v': [2] },
    after: { l: [1, 2] },
  },
  {
    title: 'list_append at the front',
    before: { l: [1] },
    update: 'SET l = list_append(:v, l)',
    values: { ':v': [2] },
    after: { l: [2, 1] },
  },
  {
    title: 'list_append to nothing',
    update: 'SET l = list_append(if_not_exists(l, :none), :v)',
    values: { ':none': [], ':v': [2] },
    after: { l: [2] },
  },
  {
    title: 'SET within maps',
    before: { m: { x: { y: 1 } } },
    update: 'SET m.x.y = :v, m.z = :v',
    values: { ':v': 2 },
    after: { m: { x: { y: 2 }, z: 2 } },
  },
  {
    title: 'SET within lists',
    before: { l: ['a', 'b'] },
    update: 'SET l[1] = :v',
    values: { ':v': 'c' },
    after: { l: ['a', 'c'] },
  },
  {
    title: 'SET beyond the end of a list',
    before: { l: ['a'] },
    update: 'SET l[7] = :v, l[9] = :w',
    values: { ':v': 'b', ':w': 'c' },
    after: { l: ['a', 'b', 'c'] },
  },
  {
    title: 'SET in a map in a list',
    before: { l: [{ x: 1 }] },
    update: 'SET l[0].x = :v',
    values: { ':v': 2 },
    after: { l: [{ x: 2 }] },
  },
  {
    title: 'REMOVE',
    before: { a: 1, b: 2, m: { x: 1, y: 2 } },
    update: 'REMOVE a, m.x, absent',
    after: { b: 2, m: { y: 2 } },
  },
  { title: 'ADD to a number', before: { n: 1 }, update: 'ADD n :v', values: { ':v': 41 }, after: { n: 42 } },
  { title: 'ADD to nothing', update: 'ADD n :v', values: { ':v': 7 }, after: { n: 7 } },
  {
    title: 'ADD to a set',
    before: { s: new Set(['a']) },
    update: 'ADD s :v',
    values: { ':v': new Set(['a', 'b']) },
    after: { s: new Set(['a', 'b']) },
  },
  {
    title: 'DELETE from a set',
    before: { s: new Set([1, 2, 3]) },
    update: 'DELETE s :v',
    values: { ':v': new Set([2, 9]) },
    after: { s: new Set([1, 3]) },
  },
  {
    title: 'DELETE of the last member',
    before: { s: new Set(['a']) },
    update: 'DELETE s :v',
    values: { ':v': new Set(['a']) },
    after: {},
  },
  { title: 'DELETE from nothing', update: 'DELETE s :v', values: { ':v': new Set(['a']) }, after: {} },
  {
    title: 'all sections, in any order and case',
    before: { a: 1, n: 1 },
    update: 'remove a add n :one set b = :v',
    values: { ':one': 1, ':v': 'x' },
    after: { n: 2, b: 'x' },
  },
];

const refusedUpdates: readonly (readonly [string, Row | undefined, RegExp])[] = [
  ['', undefined, /The expression can not be empty/],
  ['SET', undefined, /Syntax error/],
  ['PUT a = :v', { ':v': 1 }, /Syntax error/],
  ['SET a = :v SET b = :v', { ':v': 1 }, /The "SET" section can only be used once/],
  ['SET a = :v, a = :v', { ':v': 1 }, /Two document paths overlap/],
  ['SET m.x = :v REMOVE m', { ':v': 1 }, /Two document paths overlap/],
  ['SET m.x = :v, m[0] = :v', { ':v': 1 }, /Two document paths conflict/],
  ['SET pk = :v', { ':v': 'x' }, /Cannot update attribute pk. This attribute is part of the key/],
  ['SET a = absent', undefined, /refers to an attribute that does not exist in the item/],
  ['SET a = word + :v', { ':v': 1 }, /An operand in the update expression has an incorrect data type/],
  ['SET a = n + :v', { ':v': 'x' }, /Incorrect operand type for operator or function/],
  [
    'SET absent.x = :v',
    { ':v': 1 },
    /The document path provided in the update expression is invalid for update/,
  ],
  [
    'SET word.x = :v',
    { ':v': 1 },
    /The document path provided in the update expression is invalid for update/,
  ],
  ['REMOVE absent.x', undefined, /The document path provided in the update expression is invalid for update/],
  ['ADD word :v', { ':v': 1 }, /An operand in the update expression has an incorrect data type/],
  ['ADD n :v', { ':v': 'x' }, /Incorrect operand type for operator or function/],
  ['DELETE n :v', { ':v': 1 }, /Incorrect operand type for operator or function/],
  ['SET a = size(word)', undefined, /[Ff]unction/],
];

/** Updates. */
export function describeUpdates(suite: TableSuite): void {
  describe('an update', () => {
    let TableName: string;
    beforeAll(async () => {
      TableName = await suite.newTable();
    });
    const update = (UpdateExpression: string, given: Row | undefined, extra: object = {}) =>
      suite.document().send(
        new UpdateCommand({
          TableName,
          Key: key,
          UpdateExpression,
          ...(given && { ExpressionAttributeValues: given }),
          ...extra,
        }),
      );

    it.each(updates)('$title', async ({ before, update: expression, values: given, after }) => {
      await suite.put(TableName, { ...key, ...before });
      const { Attributes } = await update(expression, given, { ReturnValues: 'ALL_NEW' });
      expect(Attributes).toEqual({ ...key, ...after });
      expect(await suite.get(TableName, key)).toEqual({ ...key, ...after });
    });

    it.each(refusedUpdates)('%s is refused and changes nothing', async (expression, given, message) => {
      const before = { ...key, n: 1, word: 't', m: { x: 1 } };
      await suite.put(TableName, before);
      await expect(update(expression, given)).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(message),
      });
      expect(await suite.get(TableName, key)).toEqual(before);
    });

    suite.itNeeds(
      suite.capabilities.removesAtOnce,
      'removes from lists by the places of before',
      async () => {
        await suite.put(TableName, { ...key, l: ['a', 'b', 'c', 'd'] });
        await update('REMOVE l[0], l[2], l[9] SET l[1] = :v', { ':v': 'B' });
        expect(await suite.get(TableName, key)).toEqual({ ...key, l: ['B', 'd'] });
      },
    );

    it('makes the item when it is not there', async () => {
      const Key = { pk: 'new', sk: 'item' };
      expect(await update('SET a = :v', { ':v': 1 }, { Key, ReturnValues: 'ALL_OLD' })).not.toHaveProperty(
        'Attributes',
      );
      expect(await suite.get(TableName, Key)).toEqual({ ...Key, a: 1 });
      const bare = { pk: 'bare', sk: 'item' };
      await suite.document().send(new UpdateCommand({ TableName, Key: bare }));
      expect(await suite.get(TableName, bare)).toEqual(bare);
    });

    it.each([
      ['NONE', undefined],
      ['ALL_OLD', { ...key, a: 1, m: { x: 1, y: 1 } }],
      ['ALL_NEW', { ...key, a: 2, b: 3, m: { x: 2, y: 1 } }],
      ['UPDATED_OLD', { a: 1, m: { x: 1 } }],
      ['UPDATED_NEW', { a: 2, b: 3, m: { x: 2 } }],
    ])('answers %s', async (ReturnValues, attributes) => {
      await suite.put(TableName, { ...key, a: 1, m: { x: 1, y: 1 } });
      const answer = await update('SET a = :a, b = :b, m.x = :a', { ':a': 2, ':b': 3 }, { ReturnValues });
      expect(answer.Attributes).toEqual(attributes);
    });

    it('that would make the item larger than 400 KB is refused', async () => {
      await suite.put(TableName, { ...key, word: 'x'.repeat(300 * 1024) });
      await expect(update('SET more = :v', { ':v': 'x'.repeat(100 * 1024) })).rejects.toThrow(
        'Item size to update has exceeded the maximum allowed size',
      );
    });
  });
}
