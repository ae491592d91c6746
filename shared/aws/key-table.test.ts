import { afterAll, beforeAll, expect, test } from 'vitest';
import { noon } from '../../test/builders/an-event.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import type { ApiKey } from '../api-key.ts';
import { generateApiKey, hashApiKey } from '../api-key.ts';
import { openApiKeys } from './key-table.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

test('a key is found by its hash, as it was put, and no other hash finds it', async () => {
  const keys = openApiKeys(tables.dynamo, configTable);
  const key: ApiKey = {
    key_sha256: hashApiKey(generateApiKey()),
    tenant: 'default',
    name: 'first',
    scopes: ['publish', 'read'],
    created_at: noon,
  };
  await keys.put(key);
  await expect(keys.get(key.key_sha256)).resolves.toStrictEqual(key);
  await expect(keys.get(hashApiKey('guess'))).resolves.toBeUndefined();
});
