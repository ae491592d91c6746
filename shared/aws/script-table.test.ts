import { afterAll, beforeAll, expect, test } from 'vitest';
import { noon } from '../../test/builders/an-event.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { scriptBytesMax } from '../limits.ts';
import { openScriptBodies, openScripts } from './script-table.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

test('a script is found by its name, and its content by its hash', async () => {
  const scripts = openScripts(tables.dynamo, configTable);
  const row = { tenant: 't', name: 'notify', sha256: 'abc', size: 9, created_at: noon, updated_at: noon };
  await scripts.put('t', 'notify', row);
  await expect(scripts.get('t', 'notify')).resolves.toStrictEqual(row);
});

test('content of the largest size and of any characters comes back byte for byte, until it is removed', async () => {
  const bodies = openScriptBodies(tables.dynamo, configTable);
  const body = `#!/bin/sh\r\n# ä€\u{1F600}\n`.padEnd(scriptBytesMax - 10, 'x');
  await bodies.put('t', 'abc', body);
  await expect(bodies.get('t', 'abc')).resolves.toBe(body);
  await expect(bodies.get('other', 'abc')).resolves.toBeUndefined();
  await bodies.remove('t', 'abc');
  await expect(bodies.get('t', 'abc')).resolves.toBeUndefined();
});
