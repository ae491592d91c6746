import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noonMs } from '../../test/builders/an-event.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { announceChanges, openAudiences } from './audience-table.ts';
import type { Audiences } from './audience-table.ts';
import type { ConfigRows } from './config-rows.ts';

let tables: TestTables;
let audiences: Audiences;
let nowMs = noonMs;
beforeAll(async () => {
  tables = await openTestTables();
  audiences = openAudiences(tables.dynamo, configTable, () => nowMs);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
  nowMs = noonMs;
});

describe('the audience of a tenant', () => {
  test('of whom nothing is known is nobody', async () => {
    await expect(audiences.get(tenant)).resolves.toEqual({ version: 0, hooks: false, live: false });
  });

  test('gets a new version by every change, and none is lost when many change at once', async () => {
    await Promise.all([
      ...Array.from({ length: 10 }, () => audiences.webhooksChanged(tenant)),
      ...Array.from({ length: 5 }, () => audiences.hooksChanged(tenant)),
    ]);
    await expect(audiences.get(tenant)).resolves.toMatchObject({ version: 15 });
  });

  test('has hooks from the first on, and none by its webhooks', async () => {
    await audiences.webhooksChanged(tenant);
    await expect(audiences.get(tenant)).resolves.toMatchObject({ hooks: false });
    await audiences.hooksChanged(tenant);
    await expect(audiences.get(tenant)).resolves.toMatchObject({ hooks: true, version: 2 });
  });

  test('is live until the last viewer’s time is over, and that is no new version', async () => {
    await audiences.watchedUntil(tenant, noonMs / 1000 + 60);
    nowMs += 59_999;
    await expect(audiences.get(tenant)).resolves.toEqual({ version: 0, hooks: false, live: true });
    nowMs += 1;
    await expect(audiences.get(tenant)).resolves.toMatchObject({ live: false });
  });

  test('is a tenant’s own', async () => {
    await audiences.hooksChanged(`${tenant}-other`);
    await expect(audiences.get(tenant)).resolves.toMatchObject({ version: 0, hooks: false });
  });
});

test('rows tell of every change after it is made and before it is answered, and of no reading', async () => {
  const told: string[] = [];
  const row = { name: 'a row' };
  const rows: ConfigRows<{ name: string }> = {
    get: async () => row,
    listPage: async () => ({ items: [], nextKey: undefined }),
    listAll: async () => [],
    put: async () => void told.push('put'),
    update: async () => {
      told.push('update');
      return row;
    },
    remove: async () => {
      told.push('remove');
      return true;
    },
  };
  const announced = announceChanges(rows, async (tenant) => void told.push(`told ${tenant}`));
  await announced.get('t', 'a');
  await announced.listAll('t');
  await announced.put('t', 'a', row);
  await expect(announced.update('t', 'a', row)).resolves.toBe(row);
  await expect(announced.remove('t', 'a')).resolves.toBe(true);
  expect(told).toEqual(['put', 'told t', 'update', 'told t', 'remove', 'told t']);
});
