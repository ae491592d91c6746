import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noonMs } from '../../test/builders/an-event.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { openFlowTable } from './flow-table.ts';
import type { FlowTable, Lease } from './flow-table.ts';

let tables: TestTables;
let flow: FlowTable;
let nowMs = noonMs;
beforeAll(async () => {
  tables = await openTestTables();
  flow = openFlowTable(tables.dynamo, configTable, () => nowMs);
});
afterAll(() => tables.close());

let tenant = '';
let tenants = 0;
const newTenant = () => {
  tenant = `tenant-${++tenants}`;
  nowMs = noonMs;
};
beforeEach(newTenant);

const id = 'wh_01';

describe('the line of a webhook', () => {
  const reserve = (count: number, intervalMs: number) => flow.reserve(tenant, id, count, intervalMs);

  test('begins now when it is empty, and behind its last place when it is not', async () => {
    await expect(reserve(3, 100)).resolves.toBe(noonMs);
    await expect(reserve(1, 100)).resolves.toBe(noonMs + 300);
    nowMs += 350;
    await expect(reserve(1, 100)).resolves.toBe(noonMs + 400);
    nowMs = noonMs + 10_000;
    await expect(reserve(1, 100)).resolves.toBe(nowMs);
  });

  test('gives each place once, whoever asks at the same time, and leaves none free in between', async () => {
    const counts = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(counts, fc.integer({ min: 1, max: 1000 }), async (counts, rate) => {
        newTenant();
        const intervalMs = 1000 / rate;
        const firsts = await Promise.all(counts.map((count) => reserve(count, intervalMs)));
        const places = firsts
          .flatMap((first, index) =>
            Array.from({ length: counts[index] ?? 0 }, (_, place) => first + place * intervalMs),
          )
          .sort((a, b) => a - b);
        for (const [place, at] of places.entries()) expect(at).toBeCloseTo(noonMs + place * intervalMs, 1);
      }),
      { numRuns: 20 },
    );
  });

  test('is nobody else’s: neither another webhook’s nor another tenant’s', async () => {
    await reserve(100, 1000);
    await expect(flow.reserve(tenant, 'wh_02', 1, 1000)).resolves.toBe(noonMs);
    await expect(flow.reserve(`${tenant}-other`, id, 1, 1000)).resolves.toBe(noonMs);
  });
});

describe('the places in flight', () => {
  const holdMs = 25_000;
  const lease = (count: number, max: number) => flow.lease(tenant, id, count, max, holdMs);

  test('are given as far as there are any', async () => {
    await expect(lease(3, 4)).resolves.toMatchObject({ count: 3 });
    await expect(lease(3, 4)).resolves.toMatchObject({ count: 1 });
    await expect(lease(3, 4)).resolves.toMatchObject({ count: 0 });
  });

  test('never exceed their maximum, whoever asks at the same time, and somebody gets some', async () => {
    const counts = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(counts, fc.integer({ min: 1, max: 12 }), async (counts, max) => {
        newTenant();
        const leases = await Promise.all(counts.map((count) => lease(count, max)));
        const taken = leases.reduce((sum, { count }) => sum + count, 0);
        expect(taken).toBeLessThanOrEqual(max);
        expect(taken).toBeGreaterThan(0);
        for (const [index, { count }] of leases.entries())
          expect(count).toBeLessThanOrEqual(counts[index] ?? 0);
      }),
      { numRuns: 20 },
    );
  });

  test('never exceed their maximum while some are given back and others taken, and all are free at the end', async () => {
    const steps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 6 }), async (counts, max) => {
        newTenant();
        let [inFlight, most] = [0, 0];
        const work = async (count: number): Promise<void> => {
          const taken = await lease(count, max);
          inFlight += taken.count;
          most = Math.max(most, inFlight);
          inFlight -= taken.count;
          await taken.release();
        };
        await Promise.all(counts.map(work));
        expect(most).toBeLessThanOrEqual(max);
        await expect(lease(max, max)).resolves.toMatchObject({ count: max });
      }),
      { numRuns: 20 },
    );
  });

  test('are free again when they are given back', async () => {
    const [first, second] = [await lease(2, 3), await lease(1, 3)];
    await first.release();
    await expect(lease(3, 3)).resolves.toMatchObject({ count: 2 });
    await second.release();
    await expect(lease(3, 3)).resolves.toMatchObject({ count: 1 });
  });

  test('are free again by themselves when the one who held them died', async () => {
    await lease(3, 3);
    nowMs += holdMs - 1;
    await expect(lease(1, 3)).resolves.toMatchObject({ count: 0 });
    nowMs += 1;
    await expect(lease(3, 3)).resolves.toMatchObject({ count: 3 });
  });

  test('that are given back twice, or too late, take none from others', async () => {
    const late: Lease = await lease(2, 2);
    nowMs += holdMs;
    const other = await lease(2, 2);
    await late.release();
    await late.release();
    await expect(lease(1, 2)).resolves.toMatchObject({ count: 0 });
    await other.release();
    await expect(lease(2, 2)).resolves.toMatchObject({ count: 2 });
  });

  test('follow their maximum when their owner lowers it', async () => {
    await lease(4, 5);
    await expect(lease(1, 2)).resolves.toMatchObject({ count: 0 });
  });

  test('and the line share a row without harm', async () => {
    await flow.reserve(tenant, id, 2, 1000);
    await expect(lease(1, 1)).resolves.toMatchObject({ count: 1 });
    await expect(flow.reserve(tenant, id, 1, 1000)).resolves.toBe(noonMs + 2000);
    await expect(lease(1, 1)).resolves.toMatchObject({ count: 0 });
  });
});
