import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StartError } from '../start-error.ts';
import type { TableModel } from '../template/read-table.ts';
import { ensureTables } from './ensure-tables.ts';
import { openDynalite } from './open-dynalite.ts';
import { sweepTable } from './sweep-expired.ts';

const table: TableModel = {
  logicalId: 'Ledger',
  name: 'Ledger',
  expiresAttribute: 'expires_at',
  create: {
    TableName: 'Ledger',
    AttributeDefinitions: ['pk', 'sk', 'log'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-log',
        KeySchema: [{ AttributeName: 'log', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
};

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'sublarr-events-tables-'));
});
afterEach(() => {
  rmSync(path, { recursive: true, force: true });
});

test('tables are made once, and rows survive a restart', async () => {
  const first = await openDynalite(path);
  await ensureTables(first, [table], path);
  await first.call('PutItem', { TableName: 'Ledger', Item: { pk: { S: 'a' }, sk: { S: 'b' } } });
  await first.close();

  const second = await openDynalite(path);
  await ensureTables(second, [table], path);
  const Key = { pk: { S: 'a' }, sk: { S: 'b' } };
  expect(await second.call('GetItem', { TableName: 'Ledger', Key })).toEqual({ Item: Key });
  await second.close();
});

test('a table with other keys is refused by name', async () => {
  const dynamo = await openDynalite(undefined);
  await ensureTables(dynamo, [table], path);
  const changed = { ...table, create: { ...table.create, KeySchema: table.create.KeySchema.slice(0, 1) } };
  await expect(ensureTables(dynamo, [changed], path)).rejects.toThrow(/Table Ledger in .* has other keys/);
  await dynamo.close();
});

test('broken files are a StartError that names the folder', async () => {
  writeFileSync(join(path, 'CURRENT'), 'nonsense');
  await expect(openDynalite(path)).rejects.toThrow(StartError);
  await expect(openDynalite(path)).rejects.toThrow(path);
});

test('a sweep deletes the rows whose time has come, and no other', async () => {
  const dynamo = await openDynalite(undefined);
  await ensureTables(dynamo, [table], path);
  const rows = Array.from({ length: 230 }, (_, at) => ({
    pk: { S: `p${at % 7}` },
    sk: { S: String(at) },
    ...(at % 10 === 0 ? {} : { expires_at: { N: String(at % 2 === 0 ? 1_000 : 2_000) } }),
  }));
  for (let at = 0; at < rows.length; at += 25) {
    const requests = rows.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await dynamo.call('BatchWriteItem', { RequestItems: { Ledger: requests } });
  }
  expect(await sweepTable(dynamo, table, new Date(1_500_000))).toBe(92);
  expect(await dynamo.call('Scan', { TableName: 'Ledger', Select: 'COUNT' })).toMatchObject({ Count: 138 });
  expect(await sweepTable(dynamo, table, new Date(1_500_000))).toBe(0);
  await dynamo.close();
});

test('a query lets go of what it read, so that files and memory do not grow for ever', async () => {
  const dynamo = await openDynalite(path);
  await ensureTables(dynamo, [table], path);
  await dynamo.call('PutItem', { TableName: 'Ledger', Item: { pk: { S: 'a' }, sk: { S: 'b' } } });
  const levelFrom = createRequire(createRequire(import.meta.url).resolve('dynalite'));
  const { AbstractValueIterator } = createRequire(levelFrom.resolve('level'))('abstract-level');
  const closed = new Promise<void>((resolve) => {
    const close = AbstractValueIterator.prototype.close;
    vi.spyOn(AbstractValueIterator.prototype, 'close').mockImplementationOnce(function (this: unknown) {
      resolve();
      return close.call(this);
    });
  });
  const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'a' } } };
  expect(await dynamo.call('Query', { TableName: 'Ledger', ...query })).toMatchObject({ Count: 1 });
  await closed;
  await dynamo.close();
});
