import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aDelivery, anAttempt } from '../../test/builders/a-delivery.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import {
  afterNoon,
  arbitraryRange,
  arbitraryRows,
  isWithin,
  newestFirst,
  someEndpoints,
  someNames,
  someStatuses,
  tightBounds,
  toDeliveries,
} from '../../test/builders/arbitrary-rows.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { ApiError } from '../api-error.ts';
import { createDeliveryId, deliveryStates } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import { ledgerRetentionDays, pageBytesMax } from '../limits.ts';
import { loggedAt } from './ledger-keys.ts';
import { openLedger } from './ledger.ts';
import { openDeliveryReader } from './list-deliveries.ts';
import type { DeliveryFilter, DeliveryReader } from './list-deliveries.ts';
import { readBounds } from './read-newest.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
beforeEach(() => {
  tenant = `tenant-${++tenants}`;
});

const open = (nowMs = noonMs, bounds = readBounds): DeliveryReader =>
  openDeliveryReader(tables.dynamo, ledgerTable, () => nowMs, bounds);
const put = (rows: readonly Delivery[]) => openLedger(tables.dynamo, ledgerTable).putDeliveries(rows);

async function readPages(reader: DeliveryReader, filter: DeliveryFilter, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let beforeKey: string | undefined;
  do {
    const page = await reader.list(tenant, filter, { limit, beforeKey });
    pages.push(page.items.map(loggedAt));
    beforeKey = page.nextKey;
  } while (beforeKey !== undefined);
  return pages;
}

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const arbitraryFilter = fc
  .record({
    endpointId: optional(fc.constantFrom(...someEndpoints)),
    eventName: optional(fc.constantFrom(...someNames)),
    states: optional(fc.uniqueArray(fc.constantFrom(...deliveryStates), { minLength: 1 })),
    statusCode: optional(fc.constantFrom(...someStatuses)),
    range: arbitraryRange,
  })
  .map(({ range, ...filter }) => ({ ...filter, ...range }));

const passes = (row: Delivery, filter: DeliveryFilter): boolean =>
  (filter.endpointId === undefined || row.endpoint_id === filter.endpointId) &&
  (filter.eventName === undefined || row.event_name === filter.eventName) &&
  (filter.states === undefined || filter.states.includes(row.state)) &&
  (filter.statusCode === undefined || row.attempts[0]?.status === filter.statusCode) &&
  isWithin(row.event_timestamp, filter);

describe('the list', () => {
  test('pages newest first, without loss or repeat, for every filter, every page size and however little is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRows,
        fc.integer({ min: 1, max: 12 }),
        arbitraryFilter,
        tightBounds,
        async (specs, limit, filter, bounds) => {
          tenant = `tenant-${++tenants}`;
          const rows = toDeliveries(tenant, specs);
          await put(rows);
          const pages = await readPages(open(noonMs, bounds), filter, limit);
          expect(pages.flat()).toEqual(newestFirst(rows.filter((row) => passes(row, filter)).map(loggedAt)));
          expect(pages.every((page) => page.length <= limit)).toBe(true);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('has full pages but for the last, as long as the bounds are not reached', async () => {
    await put(['1', '2', '3', '4', '5'].map((id) => aDelivery({ tenant, event_id: id })));
    const sizesOf = async (limit: number, filter: DeliveryFilter = {}) =>
      (await readPages(open(), filter, limit)).map((page) => page.length);
    await expect(sizesOf(2)).resolves.toEqual([2, 2, 1]);
    await expect(sizesOf(2, { states: ['delivered'] })).resolves.toEqual([2, 2, 1]);
    await expect(sizesOf(2, { endpointId: 'wh_01' })).resolves.toEqual([2, 2, 1]);
    await expect(sizesOf(5)).resolves.toEqual([5]);
  });

  test('of a filter that finds nothing ends after the rows that it may read, and goes on from there', async () => {
    await put(Array.from({ length: 9 }, (_, i) => aDelivery({ tenant, event_id: String(i) })));
    const reader = open(noonMs, { rowsPerPage: 2, pages: 2 });
    const filter = { endpointId: 'wh_01', states: ['refused', 'delivered'], statusCode: 404 } as const;
    const first = await reader.list(tenant, filter, { limit: 5 });
    expect(first).toEqual({ items: [], nextKey: `${afterNoon(0)}#5#wh_01` });
    await expect(readPages(reader, filter, 5)).resolves.toEqual([[], [], []]);
  });

  test('cuts a page that no answer could hold', async () => {
    const body = 'x'.repeat(300_000);
    const count = Math.ceil((pageBytesMax * 2.5) / body.length);
    await put(
      Array.from({ length: count }, (_, i) =>
        aDelivery({ tenant, event_id: String(100 + i), attempts: [anAttempt({ response_body: body })] }),
      ),
    );
    const pages = await readPages(open(), {}, 200);
    expect(pages.flat()).toHaveLength(count);
    expect(pages.length).toBeGreaterThan(2);
  });

  test('shows a tenant nothing of another', async () => {
    await put([aDelivery({ tenant: `${tenant}-other`, state: 'exhausted' })]);
    await expect(readPages(open(), {}, 5)).resolves.toEqual([[]]);
    await expect(readPages(open(), { endpointId: 'wh_01' }, 5)).resolves.toEqual([[]]);
    await expect(readPages(open(), { states: ['exhausted'] }, 5)).resolves.toEqual([[]]);
  });

  test('shows no published event among the deliveries', async () => {
    await openLedger(tables.dynamo, ledgerTable).putEvents([{ event: anEvent({ tenant }), matched: 1 }]);
    await expect(readPages(open(), {}, 5)).resolves.toEqual([[]]);
  });

  test('shows nothing that has expired, swept or not', async () => {
    await put([aDelivery({ tenant, state: 'exhausted' })]);
    const dayMs = 86_400_000;
    const lastMs = noonMs + ledgerRetentionDays * dayMs;
    for (const filter of [
      {},
      { endpointId: 'wh_01' },
      { states: ['exhausted'] },
    ] satisfies DeliveryFilter[]) {
      await expect(readPages(open(lastMs), filter, 5)).resolves.toEqual([[loggedAt(aDelivery())]]);
      await expect(readPages(open(lastMs + 1), filter, 5)).resolves.toEqual([[]]);
    }
  });

  test.each([
    ['x', {}],
    [`${afterNoon(0)}#evt_01#wh_01#more`, {}],
    [`${afterNoon(0)}#evt_01#wh_other`, { endpointId: 'wh_01' }],
    ['wh_01', { endpointId: 'wh_01' }],
    ['#wh_01', { endpointId: 'wh_01' }],
  ] as const)('refuses the cursor %s, which the list with %j never gave', async (beforeKey, filter) => {
    await expect(open().list(tenant, filter, { limit: 5, beforeKey })).rejects.toThrow(ApiError);
  });
});

describe('a single delivery', () => {
  const row = (overrides: Partial<Delivery> = {}) => aDelivery({ tenant, ...overrides });

  test('is found by its id, whole', async () => {
    await put([row()]);
    await expect(open().find(tenant, row().id)).resolves.toEqual(row());
  });

  test.each([
    ['of another tenant', () => open().find('somebody', row().id)],
    ['of another endpoint', () => open().find(tenant, createDeliveryId(anEvent(), 'wh_02'))],
    [
      'of another time',
      () => open().find(tenant, createDeliveryId(anEvent({ timestamp: afterNoon(1) }), 'wh_01')),
    ],
    ['that has expired', () => open(noonMs + ledgerRetentionDays * 86_400_000 + 1).find(tenant, row().id)],
    ['of no delivery', () => open().find(tenant, 'dlv_1')],
  ])('%s is not found', async (_, find) => {
    await put([row()]);
    await expect(find()).resolves.toBeUndefined();
  });
});
