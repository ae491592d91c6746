import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aScript } from '../../test/builders/a-hook.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { scriptBytesMax } from '../limits.ts';
import { holdMs, openScriptBodies, openScripts } from './script-table.ts';
import type { ScriptBodies, ScriptRows } from './script-table.ts';

let tables: TestTables;
let scripts: ScriptRows;
let bodies: ScriptBodies;
beforeAll(async () => {
  tables = await openTestTables();
  scripts = openScripts(tables.dynamo, configTable);
  bodies = openScriptBodies(tables.dynamo, configTable);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
});

const holder = (id: string, nowMs = noonMs) => ({ id, nowMs });
const putReleased = async (sha256: string, body: string) => {
  await bodies.put(tenant, sha256, body, holder('uploader'));
  await bodies.release(tenant, sha256, 'uploader');
};

describe('a script', () => {
  test('is found by its name, and created once', async () => {
    const row = aScript({ tenant, versions: [{ sha256: 'abc', size: 9, created_at: 'x' }] });
    await expect(scripts.create(row)).resolves.toBe(true);
    await expect(scripts.create({ ...row, sha256: 'other' })).resolves.toBe(false);
    await expect(scripts.get(tenant, row.name)).resolves.toStrictEqual(row);
  });

  test('is removed as it was read, and not when it changed since', async () => {
    const row = aScript({ tenant });
    await scripts.create(row);
    const changed = await scripts.update(tenant, row.name, { sha256: 'new', updated_at: 'later' });
    await expect(scripts.remove(row)).resolves.toBe(false);
    await expect(scripts.get(tenant, row.name)).resolves.toStrictEqual(changed);
    await expect(scripts.remove({ ...row, updated_at: 'later' })).resolves.toBe(true);
    await expect(scripts.remove({ ...row, updated_at: 'later' })).resolves.toBe(false);
  });

  test('of before versions were kept has none in its row', async () => {
    const { versions: _versions, ...row } = aScript({ tenant });
    const Item = { pk: `${tenant}#script`, sk: row.name, ...row };
    await tables.dynamo.send(new PutCommand({ TableName: configTable, Item }));
    await expect(scripts.get(tenant, row.name)).resolves.toStrictEqual({ ...row, versions: [] });
  });
});

/** What drops a content does when it finds no reference. */
async function drop(sha256: string, nowMs = noonMs): Promise<string> {
  const seen = await bodies.look(tenant, sha256, nowMs);
  if (seen.kind !== 'free') return seen.kind;
  return (await bodies.remove(tenant, sha256, seen)) ? 'dropped' : 'changed';
}

describe('a content', () => {
  test('of the largest size and of any characters comes back byte for byte, until it is removed', async () => {
    const body = `#!/bin/sh\r\n# ä€\u{1F600}\n`.padEnd(scriptBytesMax - 10, 'x');
    await putReleased('abc', body);
    await expect(bodies.get(tenant, 'abc')).resolves.toBe(body);
    await expect(bodies.get(`${tenant}x`, 'abc')).resolves.toBeUndefined();
    await expect(drop('abc')).resolves.toBe('dropped');
    await expect(bodies.get(tenant, 'abc')).resolves.toBeUndefined();
  });

  test('that is gone cannot be held', async () => {
    await expect(bodies.hold(tenant, 'abc', holder('one'))).resolves.toBe(false);
    await bodies.release(tenant, 'abc', 'one');
    await expect(drop('abc')).resolves.toBe('gone');
    await expect(bodies.get(tenant, 'abc')).resolves.toBeUndefined();
  });

  test('is not dropped before each of those who hold it has released it', async () => {
    await putReleased('abc', 'body');
    await bodies.hold(tenant, 'abc', holder('one'));
    await bodies.hold(tenant, 'abc', holder('two'));
    await bodies.release(tenant, 'abc', 'one');
    // As a repeated request would.
    await bodies.release(tenant, 'abc', 'one');
    await expect(drop('abc')).resolves.toBe('held');
    await bodies.release(tenant, 'abc', 'two');
    await expect(drop('abc')).resolves.toBe('dropped');
  });

  test('is held by who stores it, also when it is stored already', async () => {
    await bodies.put(tenant, 'abc', 'body', holder('one'));
    await expect(drop('abc')).resolves.toBe('held');
    await bodies.put(tenant, 'abc', 'body', holder('two'));
    await bodies.release(tenant, 'abc', 'one');
    await expect(drop('abc')).resolves.toBe('held');
  });

  test('is not dropped when it was held and released since it was seen', async () => {
    await putReleased('abc', 'body');
    const seen = await bodies.look(tenant, 'abc', noonMs);
    await bodies.hold(tenant, 'abc', holder('one'));
    await bodies.release(tenant, 'abc', 'one');
    if (seen.kind !== 'free') throw new Error(seen.kind);
    await expect(bodies.remove(tenant, 'abc', seen)).resolves.toBe(false);
    await expect(bodies.get(tenant, 'abc')).resolves.toBe('body');
  });

  test('is held no longer than a minute by who died', async () => {
    await bodies.put(tenant, 'abc', 'body', holder('dead'));
    await expect(drop('abc', noonMs + holdMs)).resolves.toBe('held');
    await expect(drop('abc', noonMs + holdMs + 1)).resolves.toBe('dropped');
  });

  test('of before contents were held can be held and dropped', async () => {
    const Item = { pk: `${tenant}#script-body#abc`, sk: 'body', body: 'old' };
    const write = () => tables.dynamo.send(new PutCommand({ TableName: configTable, Item }));
    await write();
    await expect(drop('abc')).resolves.toBe('dropped');
    await write();
    await expect(bodies.hold(tenant, 'abc', holder('one'))).resolves.toBe(true);
    await expect(drop('abc')).resolves.toBe('held');
    await expect(bodies.get(tenant, 'abc')).resolves.toBe('old');
  });
});
