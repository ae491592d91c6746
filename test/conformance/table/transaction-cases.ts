import {
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import type { TableSuite } from './table-suite.ts';

/** Transactions. */
export function describeTransactions(suite: TableSuite): void {
  const itTransacts = (title: string, run: () => Promise<void>) =>
    suite.itNeeds(suite.capabilities.transactions, title, run);
  const key = (sk: string) => ({ pk: 'p', sk });
  const write = (
    TransactItems: NonNullable<TransactWriteCommandInput['TransactItems']>,
    ClientRequestToken?: string,
  ) =>
    suite
      .document()
      .send(new TransactWriteCommand({ TransactItems, ...(ClientRequestToken && { ClientRequestToken }) }));

  describe('a transaction', () => {
    itTransacts('puts, updates, deletes and checks in several tables at once', async () => {
      const [one, other] = [await suite.newTable(), await suite.newTable()];
      await suite.put(one, { ...key('updated'), n: 1 }, key('deleted'), key('checked'));
      await write([
        {
          Put: {
            TableName: other,
            Item: { ...key('put'), n: 1 },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        {
          Update: {
            TableName: one,
            Key: key('updated'),
            UpdateExpression: 'SET n = n + :one',
            ExpressionAttributeValues: { ':one': 1 },
          },
        },
        { Delete: { TableName: one, Key: key('deleted') } },
        {
          ConditionCheck: {
            TableName: one,
            Key: key('checked'),
            ConditionExpression: 'attribute_exists(pk)',
          },
        },
      ]);
      expect(await suite.all(other)).toEqual([{ ...key('put'), n: 1 }]);
      const rows = await suite.all(one);
      expect(rows).toHaveLength(2);
      expect(rows).toEqual(expect.arrayContaining([{ ...key('updated'), n: 2 }, key('checked')]));
    });

    itTransacts('writes nothing when one condition fails, and tells the reason of each', async () => {
      const TableName = await suite.newTable();
      await suite.put(TableName, { ...key('there'), n: 1 }, { ...key('text'), n: 'x' });
      const TransactItems: TransactWriteItemsCommandInput['TransactItems'] = [
        { Put: { TableName, Item: { pk: { S: 'p' }, sk: { S: 'new' } } } },
        {
          Put: {
            TableName,
            Item: { pk: { S: 'p' }, sk: { S: 'there' } },
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        {
          Update: {
            TableName,
            Key: { pk: { S: 'p' }, sk: { S: 'text' } },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
          },
        },
      ];
      const error = await suite
        .client()
        .send(new TransactWriteItemsCommand({ TransactItems }))
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TransactionCanceledException);
      expect(error).toMatchObject({
        message:
          'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError]',
        CancellationReasons: [
          { Code: 'None' },
          {
            Code: 'ConditionalCheckFailed',
            Message: 'The conditional request failed',
            Item: { pk: { S: 'p' }, sk: { S: 'there' }, n: { N: '1' } },
          },
          { Code: 'ValidationError' },
        ],
      });
      expect(await suite.get(TableName, key('new'))).toBeUndefined();
      expect(await suite.get(TableName, key('there'))).toEqual({ ...key('there'), n: 1 });
    });

    itTransacts('is done once for a token, and refused for other writes under it', async () => {
      const TableName = await suite.newTable();
      const count = (by: number) => [
        {
          Update: {
            TableName,
            Key: key('n'),
            UpdateExpression: 'ADD n :by',
            ExpressionAttributeValues: { ':by': by },
          },
        },
      ];
      await write(count(1), 'the same token');
      await write(count(1), 'the same token');
      await expect(write(count(2), 'the same token')).rejects.toMatchObject({
        name: 'IdempotentParameterMismatchException',
      });
      await write(count(1), 'another token');
      expect(await suite.get(TableName, key('n'))).toEqual({ ...key('n'), n: 2 });
    });

    itTransacts('that names an item twice, none, or more than 100 is refused', async () => {
      const TableName = await suite.newTable();
      const put = (sk: string) => ({ Put: { TableName, Item: key(sk) } });
      await expect(write([put('a'), { Delete: { TableName, Key: key('a') } }])).rejects.toMatchObject({
        name: 'ValidationException',
        message: 'Transaction request cannot include multiple operations on one item',
      });
      await expect(write([])).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(write(Array.from({ length: 101 }, (_, at) => put(`${at}`)))).rejects.toMatchObject({
        name: 'ValidationException',
      });
      await write(Array.from({ length: 100 }, (_, at) => put(`${at}`)));
      expect(await suite.all(TableName)).toHaveLength(100);
    });

    itTransacts('in a table that is not there is refused', async () => {
      await expect(write([{ Delete: { TableName: 'not-there', Key: key('a') } }])).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      });
    });

    itTransacts('reads several items at once, in their order', async () => {
      const TableName = await suite.newTable();
      await suite.put(TableName, { ...key('a'), n: 1, m: 2 }, { ...key('b'), n: 3 });
      const { Responses } = await suite.document().send(
        new TransactGetCommand({
          TransactItems: [
            { Get: { TableName, Key: key('b') } },
            { Get: { TableName, Key: key('absent') } },
            { Get: { TableName, Key: key('a'), ProjectionExpression: 'm' } },
          ],
        }),
      );
      expect(Responses?.map(({ Item }) => Item)).toEqual([{ ...key('b'), n: 3 }, undefined, { m: 2 }]);
    });

    itTransacts('costs double', async () => {
      const TableName = await suite.newTable();
      const { ConsumedCapacity } = await suite.document().send(
        new TransactWriteCommand({
          TransactItems: [{ Put: { TableName, Item: key('a') } }, { Put: { TableName, Item: key('b') } }],
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 4 }]);
    });
  });
}
