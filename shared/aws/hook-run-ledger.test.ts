import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createDelivery } from '../delivery.ts';
import type { CatalogEvent } from '../event.ts';
import { keyOfRun, openRunLedger } from './hook-run-ledger.ts';
import type { Run, RunLedger, RunMarker } from './hook-run-ledger.ts';
import { openLedger } from './ledger.ts';

let tables: TestTables;
let runs: RunLedger;
beforeAll(async () => {
  tables = await openTestTables();
  runs = openRunLedger(tables.dynamo, ledgerTable);
});
afterAll(() => tables.close());

const runningOf = (event: CatalogEvent, task: string): Run => ({
  ...createDelivery(event, { id: 'hk_01', name: 'Notify' }, { state: 'running', attempts: [] }, noonMs),
  worker_task: task,
});
const put = (run: Run) => openLedger(tables.dynamo, ledgerTable).putDeliveries([run]);
const markerOf = (event: CatalogEvent, deliveryId: string): RunMarker => ({
  ...keyOfRun(event, 'hk_01'),
  deliveryId,
  receiptHandle: `handle of ${deliveryId}`,
  startedAt: noon,
});

describe('the ledger of runs', () => {
  it('finds the row that the ledger wrote, with the task that works on it', async () => {
    const event = anEvent({ id: 'evt_find' });
    expect(await runs.find(keyOfRun(event, 'hk_01'))).toBeUndefined();
    await put(runningOf(event, 'task/1'));
    expect(await runs.find(keyOfRun(event, 'hk_01'))).toEqual(runningOf(event, 'task/1'));
    expect(await runs.find(keyOfRun(event, 'hk_02'))).toBeUndefined();
    expect(await runs.find({ ...keyOfRun(event, 'hk_01'), tenant: 'other' })).toBeUndefined();
  });

  it('lists the marks of one task until they are taken away', async () => {
    const event = anEvent({ id: 'evt_mark' });
    await runs.mark('task/1', markerOf(event, 'dlv_a'));
    await runs.mark('task/1', markerOf(event, 'dlv_b'));
    await runs.mark('task/2', markerOf(event, 'dlv_c'));
    expect(await runs.listMarkers('task/1')).toEqual([markerOf(event, 'dlv_a'), markerOf(event, 'dlv_b')]);
    await runs.unmark('task/1', 'dlv_a');
    await runs.unmark('task/1', 'dlv_a');
    expect(await runs.listMarkers('task/1')).toEqual([markerOf(event, 'dlv_b')]);
  });

  it('closes a run of that task while it is running, and no other', async () => {
    const event = anEvent({ id: 'evt_close' });
    const key = keyOfRun(event, 'hk_01');
    const closed = { attempts: [], updated_at: noon };
    await put(runningOf(event, 'task/1'));
    expect(await runs.closeRun(key, 'task/2', { ...closed, state: 'exhausted' })).toBe(false);
    expect(await runs.closeRun(key, 'task/1', { ...closed, state: 'retrying', retrying_until: noon })).toBe(
      true,
    );
    expect(await runs.find(key)).toMatchObject({ state: 'retrying', retrying_until: noon });
    expect(await runs.closeRun(key, 'task/1', { ...closed, state: 'exhausted' })).toBe(false);
    expect(await runs.find(key)).toMatchObject({ state: 'retrying' });
  });

  it('keeps no time of a next attempt on a run that has none', async () => {
    const event = anEvent({ id: 'evt_end' });
    const key = keyOfRun(event, 'hk_01');
    await put({ ...runningOf(event, 'task/1'), retrying_until: noon });
    await runs.closeRun(key, 'task/1', { state: 'exhausted', attempts: [], updated_at: noon });
    expect(await runs.find(key)).not.toHaveProperty('retrying_until');
  });
});
