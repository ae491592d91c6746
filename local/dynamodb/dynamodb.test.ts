import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StartError } from '../start-error.ts';
import type { TableModel } from '../template/read-table.ts';
import { ensureTables } from './ensure-tables.ts';
import { type DynamoEngine, openTables } from './open-tables.ts';
import { refuseEarlierTables } from './refuse-earlier-tables.ts';
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
let file: string;
const open = (at = file): DynamoEngine => openTables({ file: at, now: Date.now, newId: randomUUID });

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'sublarr-events-tables-'));
  file = join(path, 'tables.sqlite');
});
afterEach(() => {
  rmSync(path, { recursive: true, force: true });
});

const put = (dynamo: DynamoEngine, Item: unknown): Promise<unknown> =>
  dynamo.call('PutItem', { TableName: 'Ledger', Item });
const queryIndex = (
  dynamo: DynamoEngine,
  IndexName: string,
  name: string,
  value: unknown,
): Promise<unknown> =>
  dynamo.call('Query', {
    TableName: 'Ledger',
    IndexName,
    KeyConditionExpression: '#name = :value',
    ExpressionAttributeNames: { '#name': name },
    ExpressionAttributeValues: { ':value': value },
  });

describe('tables of the template', () => {
  test('are made once, and their rows survive a restart', async () => {
    const first = open();
    await ensureTables(first, [table], path);
    const Key = { pk: { S: 'a' }, sk: { S: 'b' } };
    await put(first, Key);
    await first.close();

    const second = open();
    await ensureTables(second, [table], path);
    expect(await second.call('GetItem', { TableName: 'Ledger', Key })).toEqual({ Item: Key });
    await second.close();
  });

  test('with other keys are refused by name', async () => {
    const dynamo = open(':memory:');
    await ensureTables(dynamo, [table], path);
    const changed = { ...table, create: { ...table.create, KeySchema: table.create.KeySchema.slice(0, 1) } };
    await expect(ensureTables(dynamo, [changed], path)).rejects.toThrow(/Table Ledger in .* has other keys/);
    await dynamo.close();
  });

  test('get the indexes of a newer version, filled with the rows that are there, and lose the others', async () => {
    const dynamo = open();
    await ensureTables(dynamo, [table], path);
    const row = { pk: { S: 'a' }, sk: { S: 'b' }, log: { S: 'l' }, at: { N: '7' } };
    await put(dynamo, row);
    await put(dynamo, { pk: { S: 'a' }, sk: { S: 'c' }, at: { S: 'not a number' } });
    await put(dynamo, { pk: { S: 'a' }, sk: { S: 'd' } });
    const newer: TableModel = {
      ...table,
      create: {
        ...table.create,
        AttributeDefinitions: [
          ...table.create.AttributeDefinitions.slice(0, 2),
          { AttributeName: 'at', AttributeType: 'N' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-at',
            KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      },
    };
    await ensureTables(dynamo, [newer], path);
    const { log: _, ...keys } = row;
    expect(await queryIndex(dynamo, 'by-at', 'at', { N: '7' })).toMatchObject({ Items: [keys], Count: 1 });
    await expect(queryIndex(dynamo, 'by-log', 'log', { S: 'l' })).rejects.toThrow(
      'The table does not have the specified index: by-log',
    );
    await dynamo.close();

    const reopened = open();
    await ensureTables(reopened, [newer], path);
    await put(reopened, { pk: { S: 'a' }, sk: { S: 'e' }, at: { N: '7.0' } });
    expect(await queryIndex(reopened, 'by-at', 'at', { N: '7' })).toMatchObject({ Count: 2 });
    await ensureTables(reopened, [table], path);
    expect(await queryIndex(reopened, 'by-log', 'log', { S: 'l' })).toMatchObject({ Items: [row] });
    await reopened.close();
  });
});

describe('a file that cannot be used is one clear StartError', () => {
  const foreign = (sql: string): void => {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  };
  const damaged = async (): Promise<void> => {
    const dynamo = open();
    await ensureTables(dynamo, [table], path);
    await dynamo.close();
    const db = new DatabaseSync(file);
    const bytes = Buffer.from(db.serialize());
    db.close();
    bytes.fill(0xff, 4_096);
    writeFileSync(file, bytes);
  };

  test.each([
    ['text', () => writeFileSync(file, 'not a database '.repeat(100)), 'broken or not a SQLite file'],
    ['damaged', damaged, 'broken or not a SQLite file'],
    ['of another program', () => foreign('CREATE TABLE songs (title TEXT)'), "another program's SQLite file"],
    [
      'of another version',
      () => foreign('PRAGMA application_id = 1400201828; PRAGMA user_version = 99'),
      'schema 99',
    ],
    ['a folder', () => mkdirSync(file), 'cannot be opened'],
  ])('%s', async (_what, prepare, reason) => {
    await Promise.resolve(prepare());
    expect(() => open()).toThrow(StartError);
    expect(() => open()).toThrow(file);
    expect(() => open()).toThrow(reason);
    expect(() => open()).not.toThrow(/\n/);
  });

  test('in use', async () => {
    const dynamo = open();
    expect(() => open()).toThrow(`${file} is in use by another process`);
    await dynamo.close();
    await open().close();
  });

  test('tables of an earlier version are named and left as they are', () => {
    const folder = join(path, 'tables');
    mkdirSync(folder);
    writeFileSync(join(folder, 'CURRENT'), 'MANIFEST-000001\n');
    expect(() => refuseEarlierTables(path)).toThrow(StartError);
    expect(() => refuseEarlierTables(path)).toThrow(/^The tables in .*tables are from an earlier version/);
    expect(readdirSync(folder)).toEqual(['CURRENT']);
    rmSync(folder, { recursive: true });
    expect(() => refuseEarlierTables(path)).not.toThrow();
  });
});

describe('a sweep', () => {
  const fill = async (dynamo: DynamoEngine): Promise<void> => {
    const rows = Array.from({ length: 730 }, (_, at) => ({
      pk: { S: `p${at % 7}` },
      sk: { S: String(at) },
      ...(at % 10 === 0 ? {} : { expires_at: { N: String(at % 2 === 0 ? 1_000 : 2_000) } }),
    }));
    for (let at = 0; at < rows.length; at += 25) {
      const requests = rows.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
      await dynamo.call('BatchWriteItem', { RequestItems: { Ledger: requests } });
    }
  };

  test('deletes the rows whose time has come, and no other', async () => {
    const dynamo = open(':memory:');
    await ensureTables(dynamo, [table], path);
    await fill(dynamo);
    expect(await sweepTable(dynamo, table, new Date(1_500_000))).toBe(292);
    expect(await dynamo.call('Scan', { TableName: 'Ledger', Select: 'COUNT' })).toMatchObject({ Count: 438 });
    expect(await sweepTable(dynamo, table, new Date(1_500_000))).toBe(0);
    await dynamo.close();
  });

  test('finds the rows that were there before the table had a time to live', async () => {
    const dynamo = open(':memory:');
    await ensureTables(dynamo, [{ ...table, expiresAttribute: undefined }], path);
    await fill(dynamo);
    expect(await sweepTable(dynamo, table, new Date(1_500_000))).toBe(0);
    await ensureTables(dynamo, [table], path);
    expect(await sweepTable(dynamo, table, new Date(1_500_000))).toBe(292);
    await dynamo.close();
  });

  test('lets live what is more than five years over its time, and what has no number for a time', async () => {
    const dynamo = open(':memory:');
    await ensureTables(dynamo, [table], path);
    for (const [at, expires_at] of [{ N: '1000' }, { S: '1000' }, { N: '1e9' }].entries()) {
      await put(dynamo, { pk: { S: 'p' }, sk: { S: String(at) }, expires_at });
    }
    expect(await sweepTable(dynamo, table, new Date('2005-01-01'))).toBe(1);
    await dynamo.close();
  });
});
