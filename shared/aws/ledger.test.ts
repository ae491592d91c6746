import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aDelivery, anAttempt } from '../../test/builders/a-delivery.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { deliveryStates, isFinal } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import { ledgerRetentionDays } from '../limits.ts';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { eventKeyOf } from './ledger-keys.ts';
import { openLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { openDeliveryReader } from './list-deliveries.ts';

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

/** The newest five. */
const listRows = async (ofTenant = tenant) =>
  (await openDeliveryReader(tables.dynamo, ledgerTable, () => noonMs).list(ofTenant, {}, { limit: 5 })).items;

describe('the log', () => {
  test('gives back a row as it was written, all of its attempts with it', async () => {
    const row = aDelivery({
      tenant,
      state: 'retrying',
      retrying_until: at(2000),
      attempts: [anAttempt({ status: 500, error: 'HTTP 500' }), anAttempt({ error_class: 'timeout' })],
    });
    await ledger.putDeliveries([row]);
    const items = await listRows();
    expect(items).toEqual([row]);
  });

  test('holds one row per event and endpoint: a later state takes the place of the earlier', async () => {
    await ledger.putDeliveries([aDelivery({ tenant, state: 'retrying' })]);
    await ledger.putDeliveries([aDelivery({ tenant, state: 'exhausted' })]);
    const items = await listRows();
    expect(items.map(({ state }) => state)).toEqual(['exhausted']);
  });

  test('takes two states of one row in one call: the later stands', async () => {
    await ledger.putDeliveries([
      aDelivery({ tenant, state: 'retrying' }),
      aDelivery({ tenant, state: 'delivered' }),
    ]);
    const items = await listRows();
    expect(items.map(({ state }) => state)).toEqual(['delivered']);
  });

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

describe('a row that is advanced', () => {
  const attempts = (count: number) => Array.from({ length: count }, () => anAttempt({ status: 500 }));
  const row = (state: Delivery['state'], made: number, round?: number) =>
    aDelivery({ tenant, state, attempts: attempts(made), ...(round === undefined ? {} : { round }) });

  test('is written when there was none, and whole', async () => {
    await ledger.advanceDeliveries([row('retrying', 1)]);
    await expect(listRows()).resolves.toEqual([row('retrying', 1)]);
  });

  test.each(deliveryStates)('from %s goes on exactly when that is not final', async (state) => {
    await ledger.putDeliveries([row(state, 1)]);
    await ledger.advanceDeliveries([row('exhausted', 2)]);
    await expect(listRows()).resolves.toEqual([isFinal(state) ? row(state, 1) : row('exhausted', 2)]);
  });

  test('forgets no attempt: what a late message tells stands behind what is known already', async () => {
    await ledger.putDeliveries([row('retrying', 3)]);
    await ledger.advanceDeliveries([row('retrying', 2)]);
    await ledger.advanceDeliveries([row('parked', 2)]);
    await expect(listRows()).resolves.toEqual([row('retrying', 3)]);
  });

  test('leaves a final state for a later round, and hears no more of the earlier one', async () => {
    await ledger.putDeliveries([row('exhausted', 2)]);
    await ledger.advanceDeliveries([row('retrying', 2, 1)]);
    await expect(listRows()).resolves.toEqual([row('retrying', 2, 1)]);
    await ledger.advanceDeliveries([row('exhausted', 3)]);
    await expect(listRows()).resolves.toEqual([row('retrying', 2, 1)]);
  });

  test('is, of all that is written to it in whatever order, the furthest of the last round', async () => {
    const writes = fc.array(
      fc.record({
        state: fc.constantFrom<Delivery['state'][]>('retrying', 'exhausted', 'refused', 'parked'),
        made: fc.nat({ max: 3 }),
        round: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(writes, async (given) => {
        tenant = `tenant-${++tenants}`;
        let known: (typeof given)[number] | undefined;
        for (const next of given) {
          await ledger.advanceDeliveries([row(next.state, next.made, next.round)]);
          const [round, last] = [next.round ?? 0, known?.round ?? 0];
          const isLater = known === undefined || round > last;
          const isFurther =
            known !== undefined && round === last && !isFinal(known.state) && next.made >= known.made;
          if (isLater || isFurther) known = next;
          await expect(listRows()).resolves.toMatchObject([
            { state: known?.state, attempts: attempts(known?.made ?? 0) },
          ]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('by many at once ends in one of their final states, and stays there', async () => {
    const states: Delivery['state'][] = ['exhausted', 'refused', 'parked', 'filtered', 'retrying'];
    await Promise.all(states.map((state) => ledger.advanceDeliveries([row(state, 1)])));
    const [first] = await listRows();
    expect(isFinal(first?.state ?? 'retrying')).toBe(true);
    await Promise.all(states.map((state) => ledger.advanceDeliveries([row(state, 2)])));
    await expect(listRows()).resolves.toEqual([first]);
  });

  test('fails by an outage of the table', async () => {
    const { client } = fakeClient(() => {
      throw new Error('out of reach');
    });
    await expect(openLedger(client, ledgerTable).advanceDeliveries([row('retrying', 1)])).rejects.toThrow(
      'out of reach',
    );
  });
});

describe('clearing the log', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => aDelivery({ tenant, event_id: `e${i}`, event_timestamp: at(i) }));

  test('deletes every delivery and run of the tenant and counts them', async () => {
    await ledger.putDeliveries(many(60));
    await ledger.putDeliveries([aDelivery({ tenant: `${tenant}-other` })]);
    await expect(ledger.deleteDeliveries(tenant, Infinity)).resolves.toEqual({ deleted: 60, done: true });
    await expect(listRows()).resolves.toEqual([]);
    await expect(listRows(`${tenant}-other`)).resolves.toHaveLength(1);
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
    await expect(listRows()).resolves.toEqual([]);
  });

  test('leaves the events that were published', async () => {
    await ledger.putEvents([{ event: anEvent({ tenant }), matched: 2 }]);
    await ledger.deleteDeliveries(tenant, Infinity);
    const { Item } = await tables.dynamo.send(
      new GetCommand({ TableName: ledgerTable, Key: eventKeyOf(anEvent({ tenant })) }),
    );
    expect(Item).toMatchObject({ id: 'evt_01', tenant, matched: 2 });
  });
});
