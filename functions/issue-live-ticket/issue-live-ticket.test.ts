import { expect, test } from 'vitest';
import { noonMs } from '../../test/builders/an-event.ts';
import { renderStartCursor } from '../../shared/live-cursor.ts';
import { generateLiveTicket, hashLiveTicket } from '../../shared/live-ticket.ts';
import type { LiveTicket } from '../../shared/live-ticket.ts';
import { createIssueLiveTicket } from './issue-live-ticket.ts';

test('a ticket is answered once, with its time and the cursor of now, and kept as its hash alone', async () => {
  const kept: LiveTicket[] = [];
  const issue = createIssueLiveTicket({
    putTicket: async (ticket) => void kept.push(ticket),
    generateTicket: () => 'lt_secret',
    now: () => noonMs + 900,
  });
  expect(await issue({ tenant: 'library' })).toEqual({
    status: 201,
    body: {
      ticket: 'lt_secret',
      expires_in: 60,
      expires_at: '2026-11-22T12:01:00.000Z',
      cursor: renderStartCursor(noonMs + 900),
    },
    headers: { 'cache-control': 'no-store' },
  });
  expect(kept).toEqual([
    { ticket_sha256: hashLiveTicket('lt_secret'), tenant: 'library', expires_at: noonMs / 1000 + 60 },
  ]);
});

test('no two tickets are the same, and each may stand in an address as it is', () => {
  const tickets = Array.from({ length: 100 }, generateLiveTicket);
  expect(new Set(tickets).size).toBe(100);
  for (const ticket of tickets) expect(encodeURIComponent(ticket)).toBe(ticket);
});
