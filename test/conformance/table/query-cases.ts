import { QueryCommand, type QueryCommandInput, ScanCommand, DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, stringKeys, type TableSuite } from './table-suite.ts';

const texts = (rows: readonly Row[] | undefined): unknown[] => (rows ?? []).map(({ sk }) => sk);
const sorted = (keys: readonly unknown[]): string[] => keys.map(String).sort();

/** Queries and scans, of tables and of indexes. */
export function describeReads(suite: TableSuite): void {
  const { itNeeds, capabilities } = suite;
  const query = (input: QueryCommandInput) => suite.document().send(new QueryCommand(input));

  describe('a query', () => {
    let TableName: string;
    beforeAll(async () => {
      TableName = await suite.newTable();
      await suite.put(TableName, ...['a', 'ab', 'abc', 'b', 'ba', 'c'].map((sk, n) => ({ pk: 'p', sk, n })), {
        pk: 'other',
        sk: 'a',
      });
    });
    const ask = (condition: string, values: Row, extra: Partial<QueryCommandInput> = {}) =>
      query({
        TableName,
        KeyConditionExpression: condition,
        ExpressionAttributeValues: { ':p': 'p', ...values },
        ...extra,
      });

    it.each([
      ['pk = :p', {}, ['a', 'ab', 'abc', 'b', 'ba', 'c']],
      [':p = pk', {}, ['a', 'ab', 'abc', 'b', 'ba', 'c']],
      ['pk = :p AND sk = :v', { ':v': 'b' }, ['b']],
      ['sk = :v AND pk = :p', { ':v': 'b' }, ['b']],
      ['pk = :p AND sk < :v', { ':v': 'b' }, ['a', 'ab', 'abc']],
      ['pk = :p AND sk <= :v', { ':v': 'b' }, ['a', 'ab', 'abc', 'b']],
      ['pk = :p AND sk > :v', { ':v': 'b' }, ['ba', 'c']],
      ['pk = :p AND :v < sk', { ':v': 'b' }, ['ba', 'c']],
      ['pk = :p AND sk >= :v', { ':v': 'b' }, ['b', 'ba', 'c']],
      ['pk = :p AND sk BETWEEN :v AND :w', { ':v': 'ab', ':w': 'b' }, ['ab', 'abc', 'b']],
      ['pk = :p AND begins_with(sk, :v)', { ':v': 'ab' }, ['ab', 'abc']],
      ['(pk = :p) AND (sk = :v)', { ':v': 'zzz' }, []],
    ])('%s %o', async (condition, values, expected) => {
      const forward = await ask(condition, values);
      expect(texts(forward.Items)).toEqual(expected);
      expect(forward).toMatchObject({ Count: expected.length, ScannedCount: expected.length });
      expect(forward).not.toHaveProperty('LastEvaluatedKey');
      const backward = await ask(condition, values, { ScanIndexForward: false });
      expect(texts(backward.Items)).toEqual(expected.toReversed());
    });

    it.each([
      ['pk = :p AND n = :v', { ':v': 1 }, /Query condition missed key schema element: sk/],
      ['sk = :p', {}, /Query condition missed key schema element: pk/],
      ['pk > :p', {}, /Query key condition not supported/],
      ['pk = :p AND pk = :p', {}, /must only contain one condition per key/],
      ['pk = :p OR sk = :p', {}, /Invalid operator used in KeyConditionExpression: OR/],
      ['pk = :p AND sk <> :p', {}, /Invalid operator used in KeyConditionExpression: <>/],
      ['pk = :p AND NOT sk = :p', {}, /Invalid operator used in KeyConditionExpression: NOT/],
      ['pk = :p AND contains(sk, :p)', {}, /Invalid operator used in KeyConditionExpression: contains/],
      ['pk = :p AND sk = :v', { ':v': 1 }, /Condition parameter type does not match schema type/],
      ['pk = :p AND sk.x = :p', {}, /cannot have conditions on nested attributes/],
      ['pk = :p AND size(sk) = :p', {}, /cannot contain nested operations/],
    ])('%s is refused', async (condition, values, message) => {
      await expect(ask(condition, values)).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(message),
      });
    });

    it('counts its limit before the filter, and goes on from the last key', async () => {
      const page = await ask('pk = :p', { ':n': 3 }, { FilterExpression: 'n >= :n', Limit: 4 });
      expect(page).toMatchObject({ Count: 1, ScannedCount: 4, LastEvaluatedKey: { pk: 'p', sk: 'b' } });
      const rest = await ask(
        'pk = :p',
        { ':n': 3 },
        { FilterExpression: 'n >= :n', ExclusiveStartKey: page.LastEvaluatedKey },
      );
      expect(texts(rest.Items)).toEqual(['ba', 'c']);
      expect(rest).not.toHaveProperty('LastEvaluatedKey');
    });

    it('whose limit is met by the very last item still names a last key', async () => {
      const page = await ask('pk = :p', {}, { Limit: 6 });
      expect(page.LastEvaluatedKey).toEqual({ pk: 'p', sk: 'c' });
      const next = await ask('pk = :p', {}, { ExclusiveStartKey: page.LastEvaluatedKey });
      expect(next).toMatchObject({ Items: [], Count: 0, ScannedCount: 0 });
    });

    it('goes on from a key that is not there any more, both ways', async () => {
      const ExclusiveStartKey = { pk: 'p', sk: 'abx' };
      expect(texts((await ask('pk = :p', {}, { ExclusiveStartKey })).Items)).toEqual(['b', 'ba', 'c']);
      const back = await ask('pk = :p', {}, { ExclusiveStartKey, ScanIndexForward: false });
      expect(texts(back.Items)).toEqual(['abc', 'ab', 'a']);
      const bounded = await ask(
        'pk = :p AND sk BETWEEN :v AND :w',
        { ':v': 'ab', ':w': 'ba' },
        { ExclusiveStartKey },
      );
      expect(texts(bounded.Items)).toEqual(['b', 'ba']);
    });

    it('from a key elsewhere is refused', async () => {
      await expect(ask('pk = :p', {}, { ExclusiveStartKey: { pk: 'other', sk: 'a' } })).rejects.toMatchObject(
        { name: 'ValidationException' },
      );
      await expect(ask('pk = :p', {}, { ExclusiveStartKey: { pk: 'p' } })).rejects.toThrow(
        'The provided starting key is invalid',
      );
      await expect(
        ask('pk = :p AND sk < :v', { ':v': 'b' }, { ExclusiveStartKey: { pk: 'p', sk: 'c' } }),
      ).rejects.toThrow('The provided starting key does not match the range key predicate');
    });

    it('counts without items, and projects', async () => {
      const counted = await ask('pk = :p', {}, { Select: 'COUNT' });
      expect(counted).toMatchObject({ Count: 6, ScannedCount: 6 });
      expect(counted).not.toHaveProperty('Items');
      const projected = await ask('pk = :p', {}, { ProjectionExpression: 'n', Limit: 2 });
      expect(projected.Items).toEqual([{ n: 0 }, { n: 1 }]);
      expect(projected.LastEvaluatedKey).toEqual({ pk: 'p', sk: 'ab' });
    });

    it('whose filter names a key is refused', async () => {
      await expect(ask('pk = :p', { ':v': 'a' }, { FilterExpression: 'sk = :v' })).rejects.toThrow(
        /Filter Expression can only contain non-primary key attributes/,
      );
    });

    it('with a limit below one, or of no index, is refused', async () => {
      await expect(ask('pk = :p', {}, { Limit: 0 })).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(ask('pk = :p', {}, { IndexName: 'absent' })).rejects.toThrow(
        /does not have the specified index/,
      );
    });

    it('ends a page at 1 MB, and all pages hold everything once', async () => {
      const large = await suite.newTable();
      const rows = Array.from({ length: 30 }, (_, at) => ({
        pk: 'p',
        sk: String(at).padStart(3, '0'),
        text: 'x'.repeat(100_000),
      }));
      for (let at = 0; at < rows.length; at += 10) await suite.put(large, ...rows.slice(at, at + 10));
      const found: unknown[] = [];
      const sizes: number[] = [];
      let ExclusiveStartKey: Row | undefined;
      do {
        const page = await query({
          TableName: large,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': 'p' },
          ExclusiveStartKey,
        });
        found.push(...texts(page.Items));
        sizes.push(page.Count ?? 0);
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      expect(found).toEqual(rows.map(({ sk }) => sk));
      expect(sizes.slice(0, 2)).toEqual([11, 11]);
    });

    it('tells the capacity it takes, if asked', async () => {
      const asked = { ReturnConsumedCapacity: 'TOTAL' } as const;
      const small = await ask('pk = :p', {}, asked);
      expect(small.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 0.5 });
      const consistent = await ask('pk = :p', {}, { ...asked, ConsistentRead: true });
      expect(consistent.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 1 });
    });
  });

  describe('sort keys', () => {
    const sortedBy = async (
      AttributeType: 'S' | 'N' | 'B',
      keys: readonly (string | number | Uint8Array)[],
    ) => {
      const TableName = await suite.newTable({
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType },
        ],
      });
      await suite.put(TableName, ...keys.map((sk) => ({ pk: 'p', sk })));
      const ask = (condition: string, values: Row = {}) =>
        query({
          TableName,
          KeyConditionExpression: condition,
          ExpressionAttributeValues: { ':p': 'p', ...values },
        }).then(({ Items }) => texts(Items));
      return ask;
    };

    it('that are numbers are in the order of numbers', async () => {
      const numbers = [
        -1e15, -100, -99.5, -12, -1.23, -1.2, -0.001, 0, 0.0005, 0.5, 1, 1.5, 2, 10, 99, 100, 1e15,
      ];
      const ask = await sortedBy('N', numbers.toReversed());
      expect(await ask('pk = :p')).toEqual(numbers);
      expect(await ask('pk = :p AND sk BETWEEN :v AND :w', { ':v': -12, ':w': 1 })).toEqual(
        numbers.filter((n) => n >= -12 && n <= 1),
      );
      expect(await ask('pk = :p AND sk < :v', { ':v': -1.2 })).toEqual(numbers.filter((n) => n < -1.2));
      expect(await ask('pk = :p AND sk = :v', { ':v': 100 })).toEqual([100]);
    });

    it('that are bytes are in the order of bytes', async () => {
      const bytes = [[0], [0, 1], [1], [127], [128], [254, 255], [255], [255, 255]].map(
        (each) => new Uint8Array(each),
      );
      const ask = await sortedBy('B', bytes.toReversed());
      const found = (rows: unknown[]) => rows.map((row) => Buffer.from(row as Uint8Array).toString('hex'));
      expect(found(await ask('pk = :p'))).toEqual(found(bytes));
      expect(found(await ask('pk = :p AND begins_with(sk, :v)', { ':v': new Uint8Array([255]) }))).toEqual([
        'ff',
        'ffff',
      ]);
    });

    it('that are texts are in the order of their bytes in UTF-8', async () => {
      const keys = [
        '\u0000',
        '\u0000a',
        'Z',
        'a',
        'a\u0000',
        'é',
        '\ud7ff',
        '\ud7ffx',
        '\ue000',
        '\uffff',
        '🎬',
        '🎬a',
        '\u{10ffff}',
      ];
      const ask = await sortedBy('S', keys.toReversed());
      expect(await ask('pk = :p')).toEqual(keys);
      expect(await ask('pk = :p AND sk > :v', { ':v': '\uffff' })).toEqual(keys.slice(-3));
      for (const [prefix, from, to] of [
        ['a', 3, 5],
        ['\ud7ff', 6, 8],
        ['🎬', 10, 12],
        ['\u{10ffff}', 12, 13],
      ] as const) {
        expect(await ask('pk = :p AND begins_with(sk, :v)', { ':v': prefix })).toEqual(keys.slice(from, to));
      }
    });
  });

  describe('an index', () => {
    const indexed = (Projection: object = { ProjectionType: 'ALL' }) =>
      suite.newTable({
        AttributeDefinitions: [
          ...stringKeys.AttributeDefinitions,
          { AttributeName: 'kind', AttributeType: 'S' },
          { AttributeName: 'at', AttributeType: 'N' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-kind',
            KeySchema: [
              { AttributeName: 'kind', KeyType: 'HASH' },
              { AttributeName: 'at', KeyType: 'RANGE' },
            ],
            Projection,
          },
        ],
      });
    const ask = (TableName: string, extra: Partial<QueryCommandInput> = {}) =>
      query({
        TableName,
        IndexName: 'by-kind',
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': 'k' },
        ...extra,
      });

    it('has the items that have its keys, in its order, and follows every change', async () => {
      const TableName = await indexed();
      await suite.put(
        TableName,
        { pk: 'a', sk: '1', kind: 'k', at: 10 },
        { pk: 'b', sk: '2', kind: 'k', at: 9 },
        { pk: 'c', sk: '3', kind: 'k' },
        { pk: 'd', sk: '4', at: 1 },
        { pk: 'e', sk: '5', kind: 'other', at: 1 },
      );
      expect(texts((await ask(TableName)).Items)).toEqual(['2', '1']);
      await suite.put(
        TableName,
        { pk: 'a', sk: '1', kind: 'k', at: 8 },
        { pk: 'b', sk: '2', kind: 'other', at: 9 },
        { pk: 'c', sk: '3', kind: 'k', at: 11 },
      );
      expect(texts((await ask(TableName)).Items)).toEqual(['1', '3']);
      await suite.document().send(new DeleteCommand({ TableName, Key: { pk: 'a', sk: '1' } }));
      expect(texts((await ask(TableName)).Items)).toEqual(['3']);
      const scanned = await suite.document().send(new ScanCommand({ TableName, IndexName: 'by-kind' }));
      expect(sorted(texts(scanned.Items))).toEqual(['2', '3', '5']);
    });

    it('goes on within equal keys, though the last row was deleted meanwhile', async () => {
      const TableName = await indexed();
      await suite.put(
        TableName,
        ...Array.from({ length: 9 }, (_, at) => ({
          pk: `${at}`,
          sk: `${at}`,
          kind: 'k',
          at: at < 6 ? 1 : 2,
        })),
      );
      const found: unknown[] = [];
      let ExclusiveStartKey: Row | undefined;
      do {
        const page = await ask(TableName, { Limit: 2, ExclusiveStartKey });
        for (const { pk, sk } of page.Items ?? []) {
          found.push(sk);
          await suite.document().send(new DeleteCommand({ TableName, Key: { pk, sk } }));
        }
        ExclusiveStartKey = page.LastEvaluatedKey;
        if (ExclusiveStartKey !== undefined) {
          expect(Object.keys(ExclusiveStartKey).toSorted()).toEqual(['at', 'kind', 'pk', 'sk']);
        }
      } while (ExclusiveStartKey !== undefined);
      expect(sorted(found)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
      expect(await suite.all(TableName)).toEqual([]);
    });

    it('is not read consistently', async () => {
      const TableName = await indexed();
      await expect(ask(TableName, { ConsistentRead: true })).rejects.toThrow(
        'Consistent reads are not supported on global secondary indexes',
      );
    });

    itNeeds(
      capabilities.projectsIndexes,
      'answers what it projects, and its filter sees no more',
      async () => {
        const row = { pk: 'a', sk: '1', kind: 'k', at: 1, seen: 'x', unseen: 'y' };
        const keysOnly = await indexed({ ProjectionType: 'KEYS_ONLY' });
        const including = await indexed({ ProjectionType: 'INCLUDE', NonKeyAttributes: ['seen'] });
        for (const [TableName, Items] of [
          [keysOnly, [{ pk: 'a', sk: '1', kind: 'k', at: 1 }]],
          [including, [{ pk: 'a', sk: '1', kind: 'k', at: 1, seen: 'x' }]],
        ] as const) {
          await suite.put(TableName, row);
          expect((await ask(TableName)).Items).toEqual(Items);
          expect(await ask(TableName, { FilterExpression: 'attribute_exists(unseen)' })).toMatchObject({
            Count: 0,
            ScannedCount: 1,
          });
          await expect(ask(TableName, { ProjectionExpression: 'unseen' })).rejects.toThrow(
            'Global secondary index by-kind does not project [unseen]',
          );
          await expect(ask(TableName, { Select: 'ALL_ATTRIBUTES' })).rejects.toThrow(
            /ALL_ATTRIBUTES is not supported for global secondary index by-kind/,
          );
        }
      },
    );
  });

  describe('a scan', () => {
    it('goes through everything once, in pages and in segments', async () => {
      const TableName = await suite.newTable();
      const rows = Array.from({ length: 60 }, (_, at) => ({ pk: `p${at % 13}`, sk: `${at}`, n: at }));
      await suite.put(TableName, ...rows);
      const numbers = (found: readonly Row[]) => found.map(({ n }) => Number(n)).sort((a, b) => a - b);
      const all = numbers(rows);
      expect(numbers(await suite.all(TableName))).toEqual(all);
      const scan = async (extra: object) => {
        const found: Row[] = [];
        let ExclusiveStartKey: Row | undefined;
        do {
          const page = await suite
            .document()
            .send(new ScanCommand({ TableName, Limit: 7, ExclusiveStartKey, ...extra }));
          expect(page.ScannedCount).toBeLessThanOrEqual(7);
          found.push(...(page.Items ?? []));
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
        return found;
      };
      expect(numbers(await scan({}))).toEqual(all);
      const segments = await Promise.all([0, 1, 2].map((Segment) => scan({ Segment, TotalSegments: 3 })));
      expect(numbers(segments.flat())).toEqual(all);
      expect(segments.filter((segment) => segment.length > 0).length).toBeGreaterThan(1);
      const filtered = await scan({
        FilterExpression: 'n < :n',
        ExpressionAttributeValues: { ':n': 10 },
      });
      expect(numbers(filtered)).toEqual(all.slice(0, 10));
    });
  });
}
