import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aDelivery } from '../../test/builders/a-delivery.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import {
  afterNoon,
  arbitraryRange,
  arbitraryRows,
  isWithin,
  newestFirst,
  someNames,
  tightBounds,
  toDeliveries,
  toEvents,
} from '../../test/builders/arbitrary-rows.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { ApiError } from '../api-error.ts';
import { deliveryStates } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import { createEventId } from '../ids.ts';
import type { EndpointId } from '../ids.ts';
import { ledgerRetentionDays } from '../limits.ts';
import { loggedAt } from './ledger-keys.ts';
import { openLedger } from './ledger.ts';
import { openEventReader } from './list-events.ts';
import type { EventFilter, EventReader } from './list-events.ts';
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

const open = (nowMs = noonMs, bounds = readBounds): EventReader =>
  openEventReader(tables.dynamo, ledgerTable, () => nowMs, bounds);
const ledger = () => openLedger(tables.dynamo, ledgerTable);

async function readAll(reader: EventReader, filter: EventFilter, limit: number) {
  const items: Awaited<ReturnType<EventReader['list']>>['items'][number][] = [];
  let beforeKey: string | undefined;
  do {
    const page = await reader.list(tenant, filter, { limit, beforeKey });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    beforeKey = page.nextKey;
  } while (beforeKey !== undefined);
  return items;
}

const keyOf = ({ timestamp, id }: { readonly timestamp: string; readonly id: string }) =>
  `${timestamp}#${id}`;

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const arbitraryFilter = fc
  .record({
    eventName: optional(fc.constantFrom(...someNames)),
    state: optional(fc.constantFrom(...deliveryStates, 'unmatched' as const)),
    range: arbitraryRange,
  })
  .map(({ range, ...filter }) => ({ ...filter, ...range }));

function passes(its: readonly Delivery[], state: EventFilter['state']): boolean {
  if (state === undefined) return true;
  if (state === 'unmatched') return its.every((row) => row.state === 'filtered');
  return its.some((row) => row.state === state);
}

describe('the list', () => {
  test('pages newest first, without loss or repeat, for every filter, every page size and however little is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRows,
        fc.integer({ min: 1, max: 6 }),
        arbitraryFilter,
        tightBounds,
        async (specs, limit, filter, bounds) => {
          tenant = `tenant-${++tenants}`;
          const [events, deliveries] = [toEvents(tenant, specs), toDeliveries(tenant, specs)];
          await ledger().putEvents(events);
          await ledger().putDeliveries(deliveries);
          const wanted = events.filter(
            ({ event }) =>
              (filter.eventName === undefined || event.event_name === filter.eventName) &&
              isWithin(event.timestamp, filter) &&
              passes(
                deliveries.filter(
                  (row) => row.event_id === event.id && row.event_timestamp === event.timestamp,
                ),
                filter.state,
              ),
          );
          const listed = await readAll(open(noonMs, bounds), filter, limit);
          expect(listed.map(({ event }) => keyOf(event))).toEqual(
            newestFirst(wanted.map(({ event }) => keyOf(event))),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('tells of each event how many webhooks were to get it and what became of it, without its payload', async () => {
    await ledger().putEvents([{ event: anEvent({ tenant }), matched: 3 }]);
    const row = (endpoint_id: EndpointId, state: Delivery['state']) =>
      aDelivery({ tenant, endpoint_id, state });
    await ledger().putDeliveries([
      row('wh_1', 'delivered'),
      row('wh_2', 'delivered'),
      row('wh_3', 'parked'),
      row('hk_1', 'running'),
    ]);
    const { data: _data, ...head } = anEvent({ tenant });
    await expect(open().list(tenant, {}, { limit: 5 })).resolves.toEqual({
      items: [
        {
          event: { ...head, matched: 3 },
          counts: { states: { delivered: 2, parked: 1, running: 1 }, truncated: false },
        },
      ],
      nextKey: undefined,
    });
  });

  test('leaves out what was made for a test and never published', async () => {
    await ledger().putDeliveries([aDelivery({ tenant, test: true })]);
    await expect(open().list(tenant, { state: 'delivered' }, { limit: 5 })).resolves.toEqual({
      items: [],
      nextKey: undefined,
    });
  });

  test('refuses a cursor that no list gave', async () => {
    await expect(open().list(tenant, {}, { limit: 5, beforeKey: 'x' })).rejects.toThrow(ApiError);
  });
});

describe('a single event', () => {
  const event = () => anEvent({ tenant, id: createEventId(noonMs) });

  test('is found by its id, with its payload', async () => {
    const logged = event();
    await ledger().putEvents([{ event: logged, matched: 1 }]);
    await expect(open().find(tenant, logged.id)).resolves.toEqual({ ...logged, matched: 1 });
    await expect(open().find('somebody', logged.id)).resolves.toBeUndefined();
  });

  test('that has expired is not found, swept or not', async () => {
    const logged = event();
    await ledger().putEvents([{ event: logged, matched: 1 }]);
    const lastMs = noonMs + ledgerRetentionDays * 86_400_000;
    await expect(open(lastMs).find(tenant, logged.id)).resolves.toBeDefined();
    await expect(open(lastMs + 1).find(tenant, logged.id)).resolves.toBeUndefined();
    await expect(readAll(open(lastMs + 1), {}, 5)).resolves.toEqual([]);
  });

  test('has its deliveries and runs paged, none of them lost or repeated, and none of an event with a longer id', async () => {
    const rows = Array.from('abcdefghij').flatMap((letter) => [
      aDelivery({ tenant, endpoint_id: `wh_${letter}` }),
      aDelivery({ tenant, endpoint_id: `hk_${letter}` }),
    ]);
    await ledger().putDeliveries([...rows, aDelivery({ tenant, event_id: 'evt_012' })]);
    const place = anEvent({ tenant });
    for (const limit of [1, 3, 7, 20, 50]) {
      const found: string[] = [];
      let beforeKey: string | undefined;
      do {
        const page = await open().listDeliveries(place, { limit, beforeKey });
        found.push(...page.items.map(loggedAt));
        beforeKey = page.nextKey;
      } while (beforeKey !== undefined);
      expect(found).toEqual(newestFirst(rows.map(loggedAt)));
    }
  });

  test.each(['x', `${afterNoon(0)}#evt_02#wh_01`, `${afterNoon(0)}#evt_01`])(
    'refuses the cursor %s, which the list of its deliveries never gave',
    async (beforeKey) => {
      const listed = open().listDeliveries(anEvent({ tenant }), { limit: 5, beforeKey });
      await expect(listed).rejects.toThrow(ApiError);
    },
  );

  test('with more deliveries than are counted says that there are more', async () => {
    const row = (index: number) => aDelivery({ tenant, endpoint_id: `wh_${10_000 + index}` });
    await ledger().putDeliveries(Array.from({ length: 4_100 }, (_, index) => row(index)));
    const { states, truncated } = await open().count(anEvent({ tenant }));
    expect(truncated).toBe(true);
    expect(states.delivered).toBeGreaterThan(1_000);
    expect(states.delivered).toBeLessThanOrEqual(4_100);
  });
});
