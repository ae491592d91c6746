import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { aDelivery, anAttempt } from '../../test/builders/a-delivery.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import {
  afterNoon,
  arbitraryRange,
  arbitraryRows,
  isWithin,
  tightBounds,
  toDeliveries,
} from '../../test/builders/arbitrary-rows.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { ApiError } from '../api-error.ts';
import { isUndelivered } from '../delivery.ts';
import { ledgerRetentionDays } from '../limits.ts';
import { openLedger } from './ledger.ts';
import { createListUndelivered, undeliveredBounds } from './list-undelivered.ts';
import type { UndeliveredAtEndpoint } from './list-undelivered.ts';

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

const open = (nowMs = noonMs, bounds = undeliveredBounds) =>
  createListUndelivered(tables.dynamo, ledgerTable, () => nowMs, bounds);
const ledger = () => openLedger(tables.dynamo, ledgerTable);

async function readPages(list: ReturnType<typeof open>, range: Parameters<typeof list>[1], limit: number) {
  const pages: (readonly UndeliveredAtEndpoint[])[] = [];
  let beforeKey: string | undefined;
  do {
    const page = await list(tenant, range, { limit, beforeKey });
    pages.push(page.endpoints);
    beforeKey = page.nextKey;
  } while (beforeKey !== undefined);
  return pages;
}

/** `endpoint state` of every row that is counted. */
const spread = ({ endpointId, states }: UndeliveredAtEndpoint): string[] =>
  Object.entries(states).flatMap(([state, count]) =>
    Array.from({ length: count }, () => `${endpointId} ${state}`),
  );

test('the counts of all pages together are those of all that has not arrived, whatever their size and however little is read', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryRows,
      fc.integer({ min: 1, max: 3 }),
      arbitraryRange,
      tightBounds,
      async (specs, limit, range, bounds) => {
        tenant = `tenant-${++tenants}`;
        const rows = toDeliveries(tenant, specs);
        await ledger().putDeliveries(rows);
        const pages = await readPages(open(noonMs, bounds), range, limit);
        const wanted = rows
          .filter(({ state, event_timestamp }) => isUndelivered(state) && isWithin(event_timestamp, range))
          .map(({ endpoint_id, state }) => `${endpoint_id} ${state}`);
        expect(pages.flat().flatMap(spread).sort()).toEqual(wanted.sort());
        for (const page of pages) {
          expect(page.length).toBeLessThanOrEqual(limit);
          expect(new Set(page.map(({ endpointId }) => endpointId)).size).toBe(page.length);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('an endpoint is told with its oldest and newest event, its next retry, and what happened to it last', async () => {
  const row = (ms: number, fields: Parameters<typeof aDelivery>[0]) =>
    aDelivery({ tenant, event_id: `e${ms}`, event_timestamp: afterNoon(ms), ...fields });
  const failed = [anAttempt({ status: 503, error: 'HTTP 503' })];
  const last = row(2, { state: 'exhausted', attempts: failed, updated_at: afterNoon(90) });
  await ledger().putDeliveries([
    row(1, { state: 'retrying', retrying_until: afterNoon(500), updated_at: afterNoon(10) }),
    last,
    row(3, { state: 'retrying', retrying_until: afterNoon(400), updated_at: afterNoon(20) }),
    row(4, { state: 'delivered', updated_at: afterNoon(99) }),
  ]);
  const { endpoints, nextKey } = await open()(tenant, {}, { limit: 5 });
  expect(nextKey).toBeUndefined();
  expect(endpoints).toMatchObject([
    {
      endpointId: 'wh_01',
      name: 'Library',
      total: 3,
      states: { retrying: 2, exhausted: 1 },
      oldest: afterNoon(1),
      newest: afterNoon(3),
      nextRetryAt: afterNoon(400),
      lastDelivery: last,
    },
  ]);
});

test('what a test did not deliver, what has expired, and what is somebody else’s is left out', async () => {
  await ledger().putDeliveries([
    aDelivery({ tenant, state: 'exhausted', test: true }),
    aDelivery({ tenant: `${tenant}-other`, state: 'exhausted' }),
  ]);
  await expect(readPages(open(), {}, 5)).resolves.toEqual([[]]);
  await ledger().putDeliveries([aDelivery({ tenant, event_id: 'e1', state: 'exhausted' })]);
  const lastMs = noonMs + ledgerRetentionDays * 86_400_000;
  await expect(readPages(open(lastMs), {}, 5)).resolves.toHaveLength(1);
  await expect(readPages(open(lastMs + 1), {}, 5)).resolves.toEqual([[]]);
});

test('a delivery that arrives after all leaves the list', async () => {
  await ledger().putDeliveries([aDelivery({ tenant, state: 'retrying' })]);
  await expect(readPages(open(), {}, 5)).resolves.toMatchObject([[{ total: 1 }]]);
  await ledger().putDeliveries([aDelivery({ tenant, state: 'delivered' })]);
  await expect(readPages(open(), {}, 5)).resolves.toEqual([[]]);
});

test('a cursor that the list never gave is refused', async () => {
  await expect(open()(tenant, {}, { limit: 5, beforeKey: 'x' })).rejects.toThrow(ApiError);
});
