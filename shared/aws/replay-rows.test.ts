import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createDelivery } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import { openLedger } from './ledger.ts';
import type { EndpointId } from '../ids.ts';
import type { RowSearch } from '../replay.ts';
import { openReplayRows } from './replay-rows.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const minute = 60_000;
const at = (minutes: number): string => new Date(noonMs + minutes * minute).toISOString();
const eventAt = (minutes: number) =>
  anEvent({ id: `evt_${String(minutes).padStart(4, '0')}`, timestamp: at(minutes) });

const aRow = (minutes: number, fields: Partial<Delivery> = {}): Delivery => ({
  ...createDelivery(
    eventAt(minutes),
    { id: 'wh_01', name: 'w' },
    { state: 'exhausted', attempts: [] },
    noonMs,
  ),
  ...fields,
});
const skOf = (minutes: number): string => `${at(minutes)}#${eventAt(minutes).id}`;

/** Puts rows under a webhook of the test's own and opens them. */
async function stored(endpointId: EndpointId, rows: readonly Delivery[], nowMs = noonMs) {
  await openLedger(tables.dynamo, ledgerTable).putDeliveries(
    rows.map((row) => ({ ...row, endpoint_id: endpointId })),
  );
  const search = (overrides: Partial<RowSearch> = {}): RowSearch => ({
    tenant: 'default',
    endpointId,
    selection: { until: at(10_000), states: ['exhausted', 'parked'] },
    deadlineMs: Infinity,
    ...overrides,
  });
  return { rows: openReplayRows(tables.dynamo, ledgerTable, () => nowMs), search };
}

describe('the rows of a replay', () => {
  test('are those of the states and names that were chosen, but none of a test, the oldest first', async () => {
    const { rows, search } = await stored('wh_states', [
      aRow(3, { state: 'parked' }),
      aRow(1),
      aRow(2, { state: 'delivered' }),
      aRow(4, { test: true }),
      aRow(5, { event_name: 'batch_complete' }),
    ]);
    const found = await rows.find(search(), 10);
    expect(found.planned).toEqual([1, 3, 5].map((minutes) => ({ sk: skOf(minutes), round: 1 })));
    await expect(rows.count(search())).resolves.toEqual({ count: 3, after: undefined });
    const named = search({
      selection: { until: at(10), states: ['exhausted'], event_names: ['batch_complete'] },
    });
    await expect(rows.count(named)).resolves.toEqual({ count: 1, after: undefined });
    expect((await rows.find(named, 10)).planned).toEqual([{ sk: skOf(5), round: 1 }]);
  });

  test('lie between since and until, both included', async () => {
    const { rows, search } = await stored(
      'wh_times',
      [1, 2, 3, 4].map((minutes) => aRow(minutes)),
    );
    const within = search({ selection: { since: at(2), until: at(3), states: ['exhausted'] } });
    expect((await rows.find(within, 10)).planned.map(({ sk }) => sk)).toEqual([skOf(2), skOf(3)]);
    await expect(rows.count(within)).resolves.toMatchObject({ count: 2 });
  });

  test('come page by page without loss or repeat, each with its next round', async () => {
    const { rows, search } = await stored('wh_pages', [
      ...[1, 2, 3].map((minutes) => aRow(minutes)),
      aRow(4, { round: 2 }),
    ]);
    const first = await rows.find(search(), 3);
    expect(first).toEqual({
      planned: [1, 2, 3].map((minutes) => ({ sk: skOf(minutes), round: 1 })),
      after: skOf(3),
    });
    const second = await rows.find(search({ after: first.after }), 3);
    expect(second).toEqual({ planned: [{ sk: skOf(4), round: 3 }], after: skOf(4) });
    await expect(rows.find(search({ after: second.after }), 3)).resolves.toEqual({
      planned: [],
      after: undefined,
    });
  });

  test('are looked for on from where the time was over', async () => {
    const { rows, search } = await stored(
      'wh_time',
      Array.from({ length: 600 }, (_, minutes) =>
        aRow(minutes, minutes === 599 ? {} : { state: 'delivered' }),
      ),
    );
    const first = await rows.find(search({ deadlineMs: noonMs }), 10);
    expect(first).toEqual({ planned: [], after: skOf(499) });
    const second = await rows.find(search({ after: first.after, deadlineMs: noonMs }), 10);
    expect(second.planned).toEqual([{ sk: skOf(599), round: 1 }]);
  });

  test('are not those that have expired, although they are not deleted yet', async () => {
    const expired = noonMs + 31 * 24 * 60 * minute;
    const { rows, search } = await stored('wh_expired', [aRow(1)], expired);
    await expect(rows.count(search())).resolves.toEqual({ count: 0, after: undefined });
  });

  test('that were sent wait until somebody takes them; what is to be tried again later does not', async () => {
    const sentAt = { state: 'retrying' as const, round: 2, retrying_until: at(0) };
    const { rows, search } = await stored('hk_waiting', [
      aRow(1, sentAt),
      aRow(2, { ...sentAt, state: 'running' }),
      aRow(3, { ...sentAt, state: 'delivered' }),
      aRow(4, { ...sentAt, retrying_until: at(1) }),
      aRow(5, { ...sentAt, round: 3 }),
    ]);
    // The log of the sixth was cleared meanwhile.
    const sent = [1, 2, 3, 4, 5, 6].map((minutes) => ({ sk: skOf(minutes), round: 2 }));
    await expect(rows.listWaiting(search(), sent, noonMs)).resolves.toEqual([sent[0]]);
  });
});
