import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { stringKeys, type TableSuite } from './table-suite.ts';

/** Items one by one and in batches. */
export function describeItems(suite: TableSuite): void {
  const { itNeeds, capabilities } = suite;
  const key = { pk: 'a', sk: 'b' };
  const wireKey = { pk: { S: 'a' }, sk: { S: 'b' } };
  const invalid = (message: string | RegExp) => ({
    name: 'ValidationException',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

  describe('items', () => {
    it('come back as they were put, of every type', async () => {
      const TableName = await suite.newTable();
      const Item = {
        ...wireKey,
        s: { S: 'Grüße 🎬 \u0000 "\\' },
        empty: { S: '' },
        n: { N: '-12.5' },
        b: { B: Buffer.from([0, 1, 254, 255]) },
        yes: { BOOL: true },
        no: { BOOL: false },
        nothing: { NULL: true as const },
        ss: { SS: ['x', 'y'] },
        ns: { NS: ['1', '2.5'] },
        bs: { BS: [Buffer.from('one'), Buffer.from('two')] },
        l: { L: [{ S: 'x' }, { L: [] }, { M: {} }] },
        m: { M: { 'odd name.[0]': { M: { deep: { N: '1' } } }, constructor: { S: 'own' } } },
      };
      await suite.client().send(new PutItemCommand({ TableName, Item }));
      const answer = await suite.client().send(new GetItemCommand({ TableName, Key: wireKey }));
      const { b, ss, ns, bs, ...rest } = answer.Item ?? {};
      expect(rest).toEqual({ ...Item, b: undefined, ss: undefined, ns: undefined, bs: undefined });
      expect(b).toEqual({ B: new Uint8Array([0, 1, 254, 255]) });
      expect(new Set(ss?.SS)).toEqual(new Set(['x', 'y']));
      expect(new Set(ns?.NS)).toEqual(new Set(['1', '2.5']));
      expect(bs?.BS).toHaveLength(2);
    });

    it.each([
      ['1.50', '1.5'],
      ['007', '7'],
      ['-0', '0'],
      ['1e3', '1000'],
      ['12.5E-4', '0.00125'],
      ['.5', '0.5'],
      ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ])('the number %s comes back as %s', async (N, stored) => {
      const TableName = await suite.newTable();
      await suite.client().send(new PutItemCommand({ TableName, Item: { ...wireKey, n: { N } } }));
      const { Item } = await suite.client().send(new GetItemCommand({ TableName, Key: wireKey }));
      expect(Item?.['n']).toEqual({ N: stored });
    });

    it.each([
      ['no number', { N: 'abc' }, 'The parameter cannot be converted to a numeric value: abc'],
      ['an empty number', { N: '' }, 'The parameter cannot be converted to a numeric value'],
      [
        'a number of 39 digits',
        { N: '1'.repeat(39) },
        'Attempting to store more than 38 significant digits in a Number',
      ],
      ['too large a number', { N: '1e126' }, /^Number overflow/],
      ['too small a number', { N: '1e-131' }, /^Number underflow/],
      ['a set that is empty', { SS: [] }, /An string set {2}may not be empty/],
      ['a set with a member twice', { SS: ['a', 'a'] }, /contains duplicates/],
      ['a set of equal numbers', { NS: ['1', '1.0'] }, /contains duplicates/],
    ])('%s is refused', async (_what, value, message) => {
      const TableName = await suite.newTable();
      const put = suite.client().send(new PutItemCommand({ TableName, Item: { ...wireKey, value } }));
      await expect(put).rejects.toMatchObject(invalid(message));
    });

    it.each([
      ['without its key', { pk: { S: 'a' } }, /Missing the key sk in the item/],
      [
        'with a key of another type',
        { pk: { S: 'a' }, sk: { N: '1' } },
        /Type mismatch for key sk expected: S actual: N/,
      ],
      [
        'with an empty key',
        { pk: { S: 'a' }, sk: { S: '' } },
        /cannot contain an empty string value. Key: sk/,
      ],
      ['with a hash key of over 2048 bytes', { pk: { S: 'x'.repeat(2049) }, sk: { S: 'b' } }, /hashkey/],
      ['with a range key of over 1024 bytes', { pk: { S: 'a' }, sk: { S: 'x'.repeat(1025) } }, /range keys/],
      [
        'of more than 400 KB',
        { ...wireKey, text: { S: 'x'.repeat(400 * 1024) } },
        'Item size has exceeded the maximum allowed size',
      ],
    ])('an item %s is refused', async (_what, Item, message) => {
      const TableName = await suite.newTable();
      const put = suite.client().send(new PutItemCommand({ TableName, Item }));
      await expect(put).rejects.toMatchObject(invalid(message));
      expect(await suite.all(TableName)).toEqual([]);
    });

    it('may have just under 400 KB', async () => {
      const TableName = await suite.newTable();
      const text = 'x'.repeat(400 * 1024 - 'pkaskbtext'.length);
      await suite.put(TableName, { ...key, text });
      expect(await suite.get(TableName, key)).toEqual({ ...key, text });
    });

    it.each([
      ['too few attributes', { pk: { S: 'a' } }],
      ['too many', { ...wireKey, more: { S: 'x' } }],
      ['another type', { pk: { S: 'a' }, sk: { N: '1' } }],
    ])('a key of %s does not match the schema', async (_what, Key) => {
      const TableName = await suite.newTable();
      for (const command of [
        new GetItemCommand({ TableName, Key }),
        new DeleteItemCommand({ TableName, Key }),
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Key] } } }),
      ] as const) {
        await expect(suite.client().send(command as GetItemCommand)).rejects.toMatchObject(
          invalid('The provided key element does not match the schema'),
        );
      }
    });

    it('in a table that is not there are refused', async () => {
      const get = suite.document().send(new GetCommand({ TableName: 'not-there', Key: key }));
      await expect(get).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: 'Requested resource not found',
      });
    });

    it('that are not there have no Item', async () => {
      const TableName = await suite.newTable();
      const answer = await suite.document().send(new GetCommand({ TableName, Key: key }));
      expect(answer).not.toHaveProperty('Item');
    });

    it('are answered in part, as the projection says', async () => {
      const TableName = await suite.newTable();
      await suite.put(TableName, {
        ...key,
        tree: { x: 1, y: 2, z: { deep: true, other: 1 } },
        row: ['a', 'b', 'c'],
        status: 'on',
      });
      const { Item } = await suite.document().send(
        new GetCommand({
          TableName,
          Key: key,
          ProjectionExpression: 'tree.x, tree.#z.deep, #row[2], #row[0], #status, absent',
          ExpressionAttributeNames: { '#z': 'z', '#row': 'row', '#status': 'status' },
        }),
      );
      expect(Item).toEqual({ tree: { x: 1, z: { deep: true } }, row: ['a', 'c'], status: 'on' });
    });

    it('that were there are answered by puts and deletes, if asked', async () => {
      const TableName = await suite.newTable();
      const put = (n: number, ReturnValues?: 'ALL_OLD' | 'NONE') =>
        suite
          .document()
          .send(new PutCommand({ TableName, Item: { ...key, n }, ...(ReturnValues && { ReturnValues }) }));
      expect(await put(1, 'ALL_OLD')).not.toHaveProperty('Attributes');
      expect(await put(2, 'ALL_OLD')).toMatchObject({ Attributes: { ...key, n: 1 } });
      expect(await put(3)).not.toHaveProperty('Attributes');
      const remove = () =>
        suite.document().send(new DeleteCommand({ TableName, Key: key, ReturnValues: 'ALL_OLD' }));
      expect(await remove()).toMatchObject({ Attributes: { ...key, n: 3 } });
      expect(await remove()).not.toHaveProperty('Attributes');
      expect(await suite.all(TableName)).toEqual([]);
    });

    it('are written only when the condition holds', async () => {
      const TableName = await suite.newTable();
      const put = (n: number, ConditionExpression: string) =>
        suite.document().send(new PutCommand({ TableName, Item: { ...key, n }, ConditionExpression }));
      await put(1, 'attribute_not_exists(pk)');
      const failed = { name: 'ConditionalCheckFailedException', message: 'The conditional request failed' };
      await expect(put(2, 'attribute_not_exists(pk)')).rejects.toMatchObject(failed);
      await expect(
        suite.document().send(
          new DeleteCommand({
            TableName,
            Key: key,
            ConditionExpression: 'n = :n',
            ExpressionAttributeValues: { ':n': 2 },
          }),
        ),
      ).rejects.toMatchObject(failed);
      await expect(
        suite.document().send(
          new UpdateCommand({
            TableName,
            Key: { pk: 'a', sk: 'absent' },
            UpdateExpression: 'SET n = :n',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':n': 2 },
          }),
        ),
      ).rejects.toMatchObject(failed);
      expect(await suite.all(TableName)).toEqual([{ ...key, n: 1 }]);
    });

    itNeeds(capabilities.tellsFailedItem, 'that fail a condition are told, if asked', async () => {
      const TableName = await suite.newTable();
      await suite.put(TableName, { ...key, n: 1 });
      const put = suite.client().send(
        new PutItemCommand({
          TableName,
          Item: wireKey,
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      const error = await put.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConditionalCheckFailedException);
      expect(error).toMatchObject({ Item: { ...wireKey, n: { N: '1' } } });
    });

    itNeeds(capabilities.refusesLegacy, 'parameters of before expressions are refused by name', async () => {
      const TableName = await suite.newTable();
      const refused = (parameter: string) => ({
        name: 'NotEmulated',
        message: expect.stringContaining(parameter),
      });
      await expect(
        suite.client().send(new GetItemCommand({ TableName, Key: wireKey, AttributesToGet: ['pk'] })),
      ).rejects.toMatchObject(refused('GetItem AttributesToGet'));
      await expect(
        suite
          .client()
          .send(new PutItemCommand({ TableName, Item: wireKey, Expected: { pk: { Exists: false } } })),
      ).rejects.toMatchObject(refused('PutItem Expected'));
    });

    it('tell the capacity they take, if asked', async () => {
      const TableName = await suite.newTable();
      const ReturnConsumedCapacity = 'TOTAL';
      const Item = { ...key, text: 'x'.repeat(5_000) };
      const send = async (command: PutCommand | GetCommand | DeleteCommand | UpdateCommand) =>
        (await suite.document().send(command as PutCommand)).ConsumedCapacity;
      const update = {
        TableName,
        Key: key,
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': 1 },
      };
      const tells = (CapacityUnits: number) => ({ TableName, CapacityUnits });
      expect(await send(new PutCommand({ TableName, Item, ReturnConsumedCapacity }))).toEqual(tells(5));
      expect(await send(new GetCommand({ TableName, Key: key, ReturnConsumedCapacity }))).toEqual(tells(1));
      const consistent = { TableName, Key: key, ReturnConsumedCapacity, ConsistentRead: true } as const;
      expect(await send(new GetCommand(consistent))).toEqual(tells(2));
      expect(await send(new UpdateCommand({ ...update, ReturnConsumedCapacity }))).toEqual(tells(5));
      expect(await send(new PutCommand({ TableName, Item: key, ReturnConsumedCapacity: 'INDEXES' }))).toEqual(
        { ...tells(5), Table: { CapacityUnits: 5 } },
      );
      expect(await send(new DeleteCommand({ TableName, Key: key, ReturnConsumedCapacity }))).toEqual(
        tells(1),
      );
      expect(await send(new DeleteCommand({ TableName, Key: key, ReturnConsumedCapacity }))).toEqual(
        tells(1),
      );
      expect(await send(new GetCommand({ TableName, Key: key, ReturnConsumedCapacity }))).toEqual(tells(0.5));
      expect(await send(new PutCommand({ TableName, Item }))).toBeUndefined();
    });

    it('may have a key of one attribute, a number or bytes', async () => {
      for (const [AttributeType, value, same] of [
        ['N', { N: '1.0' }, { N: '1' }],
        ['B', { B: Buffer.from([0, 255]) }, { B: Buffer.from([0, 255]) }],
      ] as const) {
        const TableName = await suite.newTable({
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType }],
        });
        await suite.client().send(new PutItemCommand({ TableName, Item: { id: value, x: { S: 'y' } } }));
        await suite.client().send(new PutItemCommand({ TableName, Item: { id: same, x: { S: 'z' } } }));
        const { Item } = await suite.client().send(new GetItemCommand({ TableName, Key: { id: same } }));
        expect(Item?.['x']).toEqual({ S: 'z' });
        expect(await suite.all(TableName)).toHaveLength(1);
      }
    });
  });

  describe('batches', () => {
    it('put and delete in several tables, and read from them', async () => {
      const [one, other] = [await suite.newTable(), await suite.newTable()];
      await suite.put(one, { ...key, n: 1 }, { pk: 'a', sk: 'gone' });
      const answer = await suite.document().send(
        new BatchWriteCommand({
          RequestItems: {
            [one]: [
              { PutRequest: { Item: { ...key, n: 2 } } },
              { DeleteRequest: { Key: { pk: 'a', sk: 'gone' } } },
              { DeleteRequest: { Key: { pk: 'a', sk: 'never there' } } },
            ],
            [other]: [{ PutRequest: { Item: { ...key, n: 3 } } }],
          },
        }),
      );
      expect(answer.UnprocessedItems).toEqual({});
      const read = await suite.document().send(
        new BatchGetCommand({
          RequestItems: {
            [one]: { Keys: [key, { pk: 'a', sk: 'gone' }], ProjectionExpression: 'n' },
            [other]: { Keys: [key], ConsistentRead: true },
          },
        }),
      );
      expect(read.Responses).toEqual({ [one]: [{ n: 2 }], [other]: [{ ...key, n: 3 }] });
      expect(read.UnprocessedKeys).toEqual({});
    });

    it('that name a key twice are refused, and nothing is written', async () => {
      const TableName = await suite.newTable();
      const twice = [{ PutRequest: { Item: { ...key, n: 1 } } }, { DeleteRequest: { Key: key } }];
      const duplicates = invalid('Provided list of item keys contains duplicates');
      await expect(
        suite.document().send(new BatchWriteCommand({ RequestItems: { [TableName]: twice } })),
      ).rejects.toMatchObject(duplicates);
      await expect(
        suite.document().send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [key, key] } } })),
      ).rejects.toMatchObject(duplicates);
      expect(await suite.all(TableName)).toEqual([]);
    });

    it('of more than 25 writes or 100 reads are refused', async () => {
      const TableName = await suite.newTable();
      const keys = Array.from({ length: 101 }, (_, at) => ({ pk: 'a', sk: `${at}` }));
      const writes = keys.slice(0, 26).map((Item) => ({ PutRequest: { Item } }));
      await expect(
        suite.document().send(new BatchWriteCommand({ RequestItems: { [TableName]: writes } })),
      ).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(
        suite.document().send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys } } })),
      ).rejects.toMatchObject({ name: 'ValidationException' });
      expect(await suite.all(TableName)).toEqual([]);
    });

    it.each([
      ['no table', {}],
      ['no request', { none: [] }],
    ])('of %s are refused', async (_what, RequestItems) => {
      await expect(suite.client().send(new BatchWriteItemCommand({ RequestItems }))).rejects.toMatchObject({
        name: 'ValidationException',
      });
    });

    it('with one item that does not fit are refused as a whole', async () => {
      const TableName = await suite.newTable();
      const requests = [{ PutRequest: { Item: key } }, { PutRequest: { Item: { pk: 'a' } } }];
      await expect(
        suite.document().send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } })),
      ).rejects.toMatchObject(invalid('The provided key element does not match the schema'));
      expect(await suite.all(TableName)).toEqual([]);
    });

    it('tell the capacity of each table, if asked', async () => {
      const TableName = await suite.newTable();
      const { ConsumedCapacity } = await suite.document().send(
        new BatchWriteCommand({
          RequestItems: {
            [TableName]: [
              { PutRequest: { Item: { ...key, text: 'x'.repeat(1_500) } } },
              { DeleteRequest: { Key: { pk: 'a', sk: 'never there' } } },
            ],
          },
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 3 }]);
    });
  });

  describe('keys of an index', () => {
    const indexed = () =>
      suite.newTable({
        AttributeDefinitions: [
          ...stringKeys.AttributeDefinitions,
          { AttributeName: 'log', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-log',
            KeySchema: [{ AttributeName: 'log', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      });

    it('of another type are refused', async () => {
      const TableName = await indexed();
      const mismatch = invalid(/Type mismatch for Index Key log Expected: S Actual: N IndexName: by-log/);
      await expect(
        suite.document().send(new PutCommand({ TableName, Item: { ...key, log: 1 } })),
      ).rejects.toMatchObject(mismatch);
      await expect(
        suite.document().send(
          new UpdateCommand({
            TableName,
            Key: key,
            UpdateExpression: 'SET log = :n'.replace('log', '#log'),
            ExpressionAttributeNames: { '#log': 'log' },
            ExpressionAttributeValues: { ':n': 1 },
          }),
        ),
      ).rejects.toMatchObject({ name: 'ValidationException' });
    });

    itNeeds(capabilities.refusesEmptyIndexKeys, 'that are empty are refused', async () => {
      const TableName = await indexed();
      await expect(
        suite.document().send(new PutCommand({ TableName, Item: { ...key, log: '' } })),
      ).rejects.toMatchObject(invalid(/IndexName: by-log, IndexKey: log/));
    });
  });
}
