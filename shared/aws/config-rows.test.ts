import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import type { Webhook } from '../webhook.ts';
import { webhookSchema } from '../webhook.ts';
import { openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

let tables: TestTables;
let rows: ConfigRows<Webhook>;
beforeAll(async () => {
  tables = await openTestTables();
  rows = openConfigRows(tables.dynamo, configTable, 'webhook', webhookSchema);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
});

const put = async (...ids: Webhook['id'][]) => {
  for (const id of ids) await rows.put(tenant, id, aWebhook({ tenant, id }));
};

describe('the rows of one kind', () => {
  test('come back as they were put, without the keys of the table', async () => {
    const row = aWebhook({ tenant, last_error: undefined, last_status_code: 500 });
    await rows.put(tenant, row.id, row);
    const { last_error: _, ...stored } = row;
    await expect(rows.get(tenant, row.id)).resolves.toStrictEqual(stored);
  });

  test('that do not exist are undefined', async () => {
    await expect(rows.get(tenant, 'wh_none')).resolves.toBeUndefined();
  });

  test('belong to one tenant', async () => {
    await put('wh_1');
    await expect(rows.get(`${tenant}x`, 'wh_1')).resolves.toBeUndefined();
    await expect(rows.listAll(`${tenant}x`)).resolves.toEqual([]);
    await expect(rows.remove(`${tenant}x`, 'wh_1')).resolves.toBe(false);
  });

  test('are of one kind: another kind does not see them', async () => {
    await put('wh_1');
    const others = openConfigRows(tables.dynamo, configTable, 'hook', webhookSchema);
    await expect(others.get(tenant, 'wh_1')).resolves.toBeUndefined();
  });

  test.each([1, 2, 3, 7])('page by %i in the order of their ids, each once', async (limit) => {
    await put('wh_c', 'wh_a', 'wh_B', 'wh_e', 'wh_d');
    const seen: string[] = [];
    let afterId: string | undefined;
    do {
      const page = await rows.listPage(tenant, { limit, afterId });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items.map(({ id }) => id));
      afterId = page.nextKey;
    } while (afterId !== undefined);
    expect(seen).toEqual(['wh_B', 'wh_a', 'wh_c', 'wh_d', 'wh_e']);
  });

  test('page on from an id that was deleted meanwhile', async () => {
    await put('wh_a', 'wh_b', 'wh_c');
    const first = await rows.listPage(tenant, { limit: 1 });
    await rows.remove(tenant, 'wh_a');
    const second = await rows.listPage(tenant, { limit: 5, afterId: first.nextKey });
    expect(second.items.map(({ id }) => id)).toEqual(['wh_b', 'wh_c']);
  });

  test('are all listed, however many pages they take', async () => {
    const row = aWebhook({ tenant, name: 'x'.repeat(200_000) });
    for (const id of ['wh_1', 'wh_2', 'wh_3', 'wh_4', 'wh_5', 'wh_6', 'wh_7'] as const) {
      await rows.put(tenant, id, { ...row, id });
    }
    const all = await rows.listAll(tenant);
    expect(all.map(({ id }) => id)).toHaveLength(7);
  });

  test('that are broken fail by name instead of being handed on', async () => {
    await tables.dynamo.send(
      new PutCommand({
        TableName: configTable,
        Item: { pk: `${tenant}#webhook`, sk: 'wh_bad', id: 'wh_bad' },
      }),
    );
    await expect(rows.get(tenant, 'wh_bad')).rejects.toThrow(/event_names/);
  });
});

describe('an update', () => {
  test('writes the named fields, removes the undefined ones, and leaves the rest', async () => {
    await rows.put(
      tenant,
      'wh_1',
      aWebhook({ tenant, id: 'wh_1', enabled: false, disabled_reason: 'failed' }),
    );
    const updated = await rows.update(tenant, 'wh_1', { enabled: true, disabled_reason: undefined });
    expect(updated).toStrictEqual(aWebhook({ tenant, id: 'wh_1', enabled: true }));
    await expect(rows.get(tenant, 'wh_1')).resolves.toStrictEqual(updated);
  });

  test.each([{ name: 'New' }, { disabled_reason: undefined }])(
    'may only set or only remove: %j',
    async (fields) => {
      await put('wh_1');
      await expect(rows.update(tenant, 'wh_1', fields)).resolves.toEqual({
        ...aWebhook({ tenant, id: 'wh_1' }),
        ...fields,
      });
    },
  );

  test.each([
    [{ name: 'Library' }, true],
    [{ name: 'Library', disabled_reason: undefined }, true],
    [{}, true],
    [{ name: 'Other' }, false],
    [{ disabled_reason: 'failed' }, false],
    [{ last_error: undefined }, false],
  ])('while %j is still so: %s', async (unchanged, isWritten) => {
    const before = aWebhook({ tenant, id: 'wh_1', last_error: 'HTTP 500' });
    await rows.put(tenant, 'wh_1', before);
    const fields = { last_error: undefined, name: 'New' };
    const after = { ...aWebhook({ tenant, id: 'wh_1' }), name: 'New' };
    await expect(rows.update(tenant, 'wh_1', fields, unchanged)).resolves.toEqual(
      isWritten ? after : undefined,
    );
    await expect(rows.get(tenant, 'wh_1')).resolves.toEqual(isWritten ? after : before);
  });

  test('that only removes may have a condition', async () => {
    await put('wh_1');
    const update = (unchanged: Partial<Webhook>) =>
      rows.update(tenant, 'wh_1', { disabled_reason: undefined }, unchanged);
    await expect(update({ name: 'Library' })).resolves.toBeDefined();
    await expect(update({ name: 'Other' })).resolves.toBeUndefined();
  });

  test('of a row that does not exist makes none', async () => {
    await expect(rows.update(tenant, 'wh_none', { name: 'x' })).resolves.toBeUndefined();
    await expect(rows.get(tenant, 'wh_none')).resolves.toBeUndefined();
  });
});

describe('a removal', () => {
  test('tells whether there was a row', async () => {
    await put('wh_1');
    await expect(rows.remove(tenant, 'wh_1')).resolves.toBe(true);
    await expect(rows.remove(tenant, 'wh_1')).resolves.toBe(false);
  });
});
