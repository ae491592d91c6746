import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { stringKeys, type TableSuite } from './table-suite.ts';

/** Tables themselves. */
export function describeTables(suite: TableSuite): void {
  const { itNeeds, capabilities } = suite;
  const describeTable = async (TableName: string) =>
    (await suite.client().send(new DescribeTableCommand({ TableName }))).Table;

  describe('a table', () => {
    it('is described as it was created', async () => {
      const TableName = await suite.newTable();
      expect(await describeTable(TableName)).toMatchObject({
        TableName,
        TableStatus: 'ACTIVE',
        ...stringKeys,
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        TableArn: expect.stringMatching(new RegExp(`^arn:aws:dynamodb:.*:table/${TableName}$`)),
      });
    });

    it('that exists is not created again', async () => {
      const TableName = await suite.newTable();
      await expect(suite.newTable({ TableName })).rejects.toMatchObject({ name: 'ResourceInUseException' });
    });

    it('that was deleted is gone, with its items', async () => {
      const TableName = await suite.newTable();
      await suite.put(TableName, { pk: 'a', sk: 'b' });
      await suite.client().send(new DeleteTableCommand({ TableName }));
      await vi.waitFor(() =>
        expect(describeTable(TableName)).rejects.toMatchObject({
          name: 'ResourceNotFoundException',
          message: `Requested resource not found: Table: ${TableName} not found`,
        }),
      );
      await suite.newTable({ TableName });
      expect(await suite.all(TableName)).toEqual([]);
    });

    it('is listed by name, page by page', async () => {
      const prefix = `list-${randomUUID()}`;
      for (const name of ['b', 'a', 'c']) await suite.newTable({ TableName: `${prefix}-${name}` });
      const page = await suite
        .client()
        .send(new ListTablesCommand({ Limit: 2, ExclusiveStartTableName: `${prefix}-` }));
      expect(page.TableNames).toEqual([`${prefix}-a`, `${prefix}-b`]);
      expect(page.LastEvaluatedTableName).toBe(`${prefix}-b`);
    });

    it.each([
      ['a name that is too short', { TableName: 'ab' }],
      ['a name with a space', { TableName: 'a name' }],
      ['a key that is not defined', { AttributeDefinitions: stringKeys.AttributeDefinitions.slice(0, 1) }],
      [
        'an attribute that is no key',
        {
          AttributeDefinitions: [
            ...stringKeys.AttributeDefinitions,
            { AttributeName: 'more', AttributeType: 'S' as const },
          ],
        },
      ],
      ['a range key first', { KeySchema: stringKeys.KeySchema.toReversed() }],
    ])('with %s is refused', async (_what, options) => {
      const create = suite.client().send(
        new CreateTableCommand({
          TableName: `table-${randomUUID()}`,
          ...stringKeys,
          BillingMode: 'PAY_PER_REQUEST',
          ...options,
        }),
      );
      await expect(create).rejects.toMatchObject({ name: 'ValidationException' });
    });

    itNeeds(capabilities.addsIndexes, 'gets a new index with the items it has, and loses one', async () => {
      const TableName = await suite.newTable();
      await suite.put(TableName, { pk: 'a', sk: '1', log: 'l' }, { pk: 'b', sk: '2' });
      const update = (change: object) =>
        suite.client().send(
          new UpdateTableCommand({
            TableName,
            AttributeDefinitions: [
              ...stringKeys.AttributeDefinitions,
              { AttributeName: 'log', AttributeType: 'S' },
            ],
            GlobalSecondaryIndexUpdates: [change],
          }),
        );
      const Create = {
        IndexName: 'by-log',
        KeySchema: [{ AttributeName: 'log', KeyType: 'HASH' as const }],
        Projection: { ProjectionType: 'ALL' as const },
      };
      const { TableDescription } = await update({ Create });
      expect(TableDescription?.GlobalSecondaryIndexes).toMatchObject([Create]);
      const query = () =>
        suite.document().send(
          new QueryCommand({
            TableName,
            IndexName: 'by-log',
            KeyConditionExpression: '#log = :l',
            ExpressionAttributeNames: { '#log': 'log' },
            ExpressionAttributeValues: { ':l': 'l' },
          }),
        );
      expect((await query()).Items).toEqual([{ pk: 'a', sk: '1', log: 'l' }]);
      await suite.put(TableName, { pk: 'c', sk: '3', log: 'l' });
      expect(await query()).toMatchObject({ Count: 2 });
      await expect(update({ Create })).rejects.toMatchObject({ name: 'ValidationException' });

      await suite.client().send(
        new UpdateTableCommand({
          TableName,
          GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-log' } }],
        }),
      );
      await expect(query()).rejects.toThrow(/does not have the specified index/);
      expect(await suite.all(TableName)).toHaveLength(3);
      expect((await describeTable(TableName))?.AttributeDefinitions).toEqual(stringKeys.AttributeDefinitions);
    });

    itNeeds(capabilities.timeToLive, 'may have a time to live', async () => {
      const TableName = await suite.newTable();
      const described = async () =>
        (await suite.client().send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
      const set = (AttributeName: string, Enabled: boolean) =>
        suite
          .client()
          .send(
            new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } }),
          );
      expect(await described()).toEqual({ TimeToLiveStatus: 'DISABLED' });
      await set('expires_at', true);
      expect(await described()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' });
      await expect(set('expires_at', true)).rejects.toThrow('TimeToLive is already enabled');
      await set('expires_at', false);
      expect(await described()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    });
  });
}
