import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createDelivery } from '../delivery.ts';
import type { CatalogEvent } from '../event.ts';
import { keyOfRun, openRunLedger } from './hook-run-ledger.ts';
import type { Run, RunLedger, RunMarker } from './hook-run-ledger.ts';

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
const markerOf = (event: CatalogEvent, task: string): RunMarker => ({
  run: runningOf(event, task),
  receiptHandle: `handle of ${event.id}`,
  startedAt: noon,
});

describe('the ledger of runs', () => {
  it('finds the row that was written, with the task that works on it', async () => {
    const event = anEvent({ id: 'evt_find' });
    expect(await runs.find(keyOfRun(event, 'hk_01'))).toBeUndefined();
    await runs.put(runningOf(event, 'task/1'));
    expect(await runs.find(keyOfRun(event, 'hk_01'))).toEqual(runningOf(event, 'task/1'));
    expect(await runs.find(keyOfRun(event, 'hk_02'))).toBeUndefined();
    expect(await runs.find(keyOfRun({ ...event, tenant: 'other' }, 'hk_01'))).toBeUndefined();
  });

  it('writes and finds many at a time, and the last of what is asked for one run', async () => {
    const events = Array.from({ length: 60 }, (_, index) => anEvent({ id: `evt_many_${index}` }));
    await Promise.all(
      events.flatMap((event) => [
        runs.put(runningOf(event, 'task/1')),
        runs.put({ ...runningOf(event, 'task/1'), state: 'delivered' }),
      ]),
    );
    const found = await Promise.all(events.map((event) => runs.find(keyOfRun(event, 'hk_01'))));
    expect(found.map((run) => run?.event_id)).toEqual(events.map(({ id }) => id));
    expect(new Set(found.map((run) => run?.state))).toEqual(new Set(['delivered']));
  });

  it('lists the marks of one task until they are taken away', async () => {
    const [a, b] = [anEvent({ id: 'evt_mark_a' }), anEvent({ id: 'evt_mark_b' })];
    await runs.mark('task/1', markerOf(a, 'task/1'));
    await runs.mark('task/1', markerOf(b, 'task/1'));
    await runs.mark('task/2', markerOf(a, 'task/2'));
    expect(await runs.listMarkers('task/1')).toEqual([markerOf(a, 'task/1'), markerOf(b, 'task/1')]);
    await runs.unmark('task/1', markerOf(a, 'task/1').run.id);
    await runs.unmark('task/1', markerOf(a, 'task/1').run.id);
    expect(await runs.listMarkers('task/1')).toEqual([markerOf(b, 'task/1')]);
  });

  it('closes a run that has no row yet, once', async () => {
    const event = anEvent({ id: 'evt_close_new' });
    const closed: Run = { ...runningOf(event, 'task/1'), state: 'retrying', retrying_until: noon };
    expect(await runs.closeRun(closed, undefined)).toBe(true);
    expect(await runs.closeRun({ ...closed, state: 'exhausted' }, undefined)).toBe(false);
    expect(await runs.find(keyOfRun(event, 'hk_01'))).toEqual(closed);
  });

  it('closes a run as it was seen, and not one that somebody moved on', async () => {
    const event = anEvent({ id: 'evt_close' });
    const seen = runningOf(event, 'task/1');
    const closed: Run = { ...seen, state: 'exhausted' };
    await runs.put({ ...seen, state: 'delivered' });
    expect(await runs.closeRun(closed, seen)).toBe(false);
    await runs.put({ ...seen, updated_at: '2026-11-22T12:00:01.000Z' });
    expect(await runs.closeRun(closed, seen)).toBe(false);
    await runs.put({ ...seen, retrying_until: noon });
    expect(await runs.closeRun(closed, seen)).toBe(true);
    expect(await runs.find(keyOfRun(event, 'hk_01'))).toEqual(closed);
  });
});
