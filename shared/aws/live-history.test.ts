import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { openLedger } from './ledger.ts';
import { openLiveHistory } from './live-history.ts';
import type { LiveHistory } from './live-history.ts';

let tables: TestTables;
let history: LiveHistory;
const timeOf = (second: number): string => new Date(noonMs + second * 1000).toISOString();
/** One event a second, 0 to 99, every tenth of another name, of which ids do not follow the time. */
const events = Array.from({ length: 100 }, (_, second) =>
  anEvent({
    id: `evt_${(second * 37) % 100}`,
    timestamp: timeOf(second),
    event_name: second % 10 === 0 ? 'batch_complete' : 'config_updated',
    data: {},
  }),
);
beforeAll(async () => {
  tables = await openTestTables();
  await openLedger(tables.dynamo, ledgerTable).putEvents(events.map((event) => ({ event, matched: 0 })));
  history = openLiveHistory(tables.dynamo, ledgerTable);
});
afterAll(() => tables.close());

const all = { from: timeOf(0), until: timeOf(100) };

test.each([1, 7, 30, 1000])(
  'a range is read in the order of time, each event once, %i rows of a log at a time',
  async (limit) => {
    const read: string[] = [];
    let after: string | undefined;
    do {
      const page = await history.readOn('default', { ...all, after }, limit);
      read.push(...page.events.map(({ timestamp }) => timestamp));
      after = page.readTo;
    } while (after !== undefined);
    expect(read).toEqual(events.map(({ timestamp }) => timestamp));
  },
);

test('a range begins with its first instant and ends before its last', async () => {
  const { events: found } = await history.readOn('default', { from: timeOf(3), until: timeOf(6) }, 50);
  expect(found).toEqual(events.slice(3, 6));
});

test('an empty range, one that ends before it begins, and another tenant hold nothing', async () => {
  const nothing = { events: [], readTo: undefined };
  expect(await history.readOn('default', { from: timeOf(200), until: timeOf(300) }, 50)).toEqual(nothing);
  expect(await history.readOn('default', { from: timeOf(9), until: timeOf(2) }, 50)).toEqual(nothing);
  expect(
    await history.findNewest('default', undefined, { from: timeOf(9), until: timeOf(2) }, 1),
  ).toBeUndefined();
  expect(await history.readOn('other', all, 50)).toEqual(nothing);
});

test.each([
  ['all names', undefined, 100, undefined],
  ['all names', undefined, 99, events[1]],
  ['all names', undefined, 5, events[95]],
  ['one name', ['batch_complete'], 10, undefined],
  ['one name', ['batch_complete'], 3, events[70]],
  ['a name that the ledger does not hold', ['batch_progress'], 3, undefined],
])('of %s (%j) the newest %i begin at their first', async (_what, names, count, first) => {
  const key = await history.findNewest('default', names, all, count);
  expect(key).toBe(first === undefined ? undefined : `${first.timestamp}#${first.id}`);
});
