import { afterAll, beforeAll, expect, test } from 'vitest';
import { noonMs } from '../../test/builders/an-event.ts';
import { connectionsTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { openLiveTickets } from './live-tickets.ts';

let tables: TestTables;
let nowMs = noonMs;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const open = () => openLiveTickets(tables.dynamo, connectionsTable, () => nowMs);
const aTicket = (ticket_sha256: string) => ({
  ticket_sha256,
  tenant: 'library',
  expires_at: noonMs / 1000 + 60,
});

test('a ticket is redeemed once, however many come with it at the same time', async () => {
  const tickets = open();
  await tickets.put(aTicket('one'));
  const redeemed = await Promise.all([1, 2, 3].map(() => tickets.redeem('one')));
  expect(redeemed.filter((ticket) => ticket !== undefined)).toEqual([aTicket('one')]);
  expect(await tickets.redeem('one')).toBeUndefined();
});

test('a ticket whose time is over is worth nothing, however late its row is deleted', async () => {
  const tickets = open();
  await tickets.put(aTicket('late'));
  nowMs = noonMs + 60_000;
  expect(await tickets.redeem('late')).toBeUndefined();
  nowMs = noonMs;
});

test('a ticket that nobody made is worth nothing', async () => {
  expect(await open().redeem('guess')).toBeUndefined();
});
