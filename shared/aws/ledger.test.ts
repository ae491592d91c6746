import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aDelivery, anAttempt } from '../../test/builders/a-delivery.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { ApiError } from '../api-error.ts';
import { deliveryStates, isFinal } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import type { EndpointId } from '../ids.ts';
import { ledgerRetentionDays } from '../limits.ts';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { openLedger } from './ledger.ts';
import type { Ledger, LogFilter } from './ledger.ts';

let tables: TestTables;
let ledger: Ledger;
beforeAll(async () => {
  tables = await openTestTables();
  ledger = openLedger(tables.dynamo, ledgerTable);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
});

const at = (ms: number) => new Date(noonMs + ms).toISOString();

const keyOf = (row: Delivery) => `${row.event_timestamp}#${row.event_id}#${row.endpoint_id}`;

async function readPages(filter: LogFilter, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let beforeKey: string | undefined;
  do {
    const page = await ledger.listDeliveries(tenant, filter, { limit, beforeKey });
    pages.push(page.items.map(keyOf));
    beforeKey = page.nextKey;
  } while (beforeKey !== undefined);
  return pages;
}

const newestFirst = (rows: readonly Delivery[]) =>
  rows.map(keyOf).sort((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a)));

const endpoints: readonly EndpointId[] = ['wh_A', 'wh_B', 'hk_A'];
const names = ['subtitle_downloaded', 'config_updated'] as const;

/** Few times and ids of mixed case, so that many rows differ only where a locale's order is not that of bytes. */
const rowsArbitrary = fc.uniqueArray(
  fc.record({
    ms: fc.integer({ min: 0, max: 2 }),
    id: fc.stringMatching(/^[aAbB_09-]{1,3}$/),
    endpoint: fc.constantFrom(...endpoints),
    name: fc.constantFrom(...names),
    state: fc.constantFrom(...deliveryStates),
  }),
  { maxLength: 30, selector: ({ ms, id, endpoint }) => `${ms}#${id}#${endpoint}` },
);

const toRows = (
  specs: readonly {
    ms: number;
    id: string;
    endpoint: EndpointId;
    name: (typeof names)[number];
    state: Delivery['state'];
  }[],
) =>
  specs.map(({ ms, id, endpoint, name, state }) =>
    aDelivery({
      tenant,
      event_id: id,
      event_timestamp: at(ms),
      endpoint_id: endpoint,
      event_name: name,
      state,
    }),
  );

describe('the log', () => {
  test('pages newest first, without loss or repeat, for every filter and every page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsArbitrary,
        fc.integer({ min: 1, max: 12 }),
        fc.record({
          endpointId: fc.option(fc.constantFrom(...endpoints), { nil: undefined }),
          eventName: fc.option(fc.constantFrom(...names), { nil: undefined }),
          success: fc.option(fc.boolean(), { nil: undefined }),
        }),
        async (specs, limit, filter) => {
          tenant = `tenant-${++tenants}`;
          const rows = toRows(specs);
          await ledger.putDeliveries(rows);
          const wanted = rows.filter(
            (row) =>
              (filter.endpointId === undefined || row.endpoint_id === filter.endpointId) &&
              (filter.eventName === undefined || row.event_name === filter.eventName) &&
              (filter.success === undefined ||
                (isFinal(row.state) && (row.state === 'delivered') === filter.success)),
          );
          const pages = await readPages(filter, limit);
          expect(pages.flat()).toEqual(newestFirst(wanted));
          expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives back a row as it was written, all of its attempts with it', async () => {
    const row = aDelivery({
      tenant,
      state: 'retrying',
      retrying_until: at(2000),
      attempts: [anAttempt({ status: 500, error: 'HTTP 500' }), anAttempt({ error_class: 'timeout' })],
    });
    await ledger.putDeliveries([row]);
    const { items } = await ledger.listDeliveries(tenant, {}, { limit: 5 });
    expect(items).toEqual([row]);
  });

  test('holds one row per event and endpoint: a later state takes the place of the earlier', async () => {
    await ledger.putDeliveries([aDelivery({ tenant, state: 'retrying' })]);
    await ledger.putDeliveries([aDelivery({ tenant, state: 'exhausted' })]);
    const { items } = await ledger.listDeliveries(tenant, {}, { limit: 5 });
    expect(items.map(({ state }) => state)).toEqual(['exhausted']);
  });

  test('takes two states of one row in one call: the later stands', async () => {
    await ledger.putDeliveries([
      aDelivery({ tenant, state: 'retrying' }),
      aDelivery({ tenant, state: 'delivered' }),
    ]);
    const { items } = await ledger.listDeliveries(tenant, {}, { limit: 5 });
    expect(items.map(({ state }) => state)).toEqual(['delivered']);
  });

  test('shows a tenant nothing of another', async () => {
    await ledger.putDeliveries([aDelivery({ tenant: `${tenant}-other` })]);
    await expect(readPages({}, 5)).resolves.toEqual([[]]);
    await expect(readPages({ endpointId: 'wh_01' }, 5)).resolves.toEqual([[]]);
  });

  test('shows no published event among the deliveries', async () => {
    await ledger.putEvents([anEvent({ tenant })]);
    await expect(readPages({}, 5)).resolves.toEqual([[]]);
  });

  test('ends at the last row: a page that holds exactly the rest has no next one', async () => {
    await ledger.putDeliveries(['1', '2', '3'].map((id) => aDelivery({ tenant, event_id: id })));
    const pages = await readPages({}, 3);
    expect(pages).toHaveLength(1);
  });

  test.each(['x', `${at(0)}#evt_01#wh_other`, 'wh_01'])(
    'refuses the cursor %s, which no list of this endpoint gave, as the caller’s mistake',
    async (beforeKey) => {
      const listed = ledger.listDeliveries(tenant, { endpointId: 'wh_01' }, { limit: 5, beforeKey });
      await expect(listed).rejects.toThrow(ApiError);
    },
  );

  test('keeps its rows for thirty days after the event', async () => {
    const row = aDelivery({ tenant });
    await ledger.putDeliveries([row]);
    const { Item } = await tables.dynamo.send(
      new GetCommand({
        TableName: ledgerTable,
        Key: { pk: `${tenant}#wh_01`, sk: `${row.event_timestamp}#${row.event_id}` },
      }),
    );
    expect(Item?.['expires_at']).toBe(noonMs / 1000 + ledgerRetentionDays * 86_400);
  });
});

describe('clearing the log', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => aDelivery({ tenant, event_id: `e${i}`, event_timestamp: at(i) }));

  test('deletes every delivery and run of the tenant and counts them', async () => {
    await ledger.putDeliveries(many(60));
    await ledger.putDeliveries([aDelivery({ tenant: `${tenant}-other` })]);
    await expect(ledger.deleteDeliveries(tenant, Infinity)).resolves.toEqual({ deleted: 60, done: true });
    await expect(readPages({}, 50)).resolves.toEqual([[]]);
    const others = await ledger.listDeliveries(`${tenant}-other`, {}, { limit: 5 });
    expect(others.items).toHaveLength(1);
  });

  test('of nothing is done at once', async () => {
    await expect(ledger.deleteDeliveries(tenant, Infinity)).resolves.toEqual({ deleted: 0, done: true });
  });

  test('out of time says so, and goes on when asked again', async () => {
    await ledger.putDeliveries(many(2_400));
    const first = await ledger.deleteDeliveries(tenant, 0);
    expect(first.done).toBe(false);
    const second = await ledger.deleteDeliveries(tenant, Infinity);
    expect(second.done).toBe(true);
    expect(first.deleted + second.deleted).toBe(2_400);
    await expect(readPages({}, 50)).resolves.toEqual([[]]);
  });

  test('leaves the events that were published', async () => {
    await ledger.putEvents([anEvent({ tenant })]);
    await ledger.deleteDeliveries(tenant, Infinity);
    const { Item } = await tables.dynamo.send(
      new GetCommand({ TableName: ledgerTable, Key: { pk: `${tenant}#evt_01`, sk: 'event' } }),
    );
    expect(Item).toMatchObject(anEvent({ tenant }));
  });
});
