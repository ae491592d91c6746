import { renderStartCursor } from '../../shared/live-cursor.ts';
import { liveTicketSeconds } from '../../shared/limits.ts';
import { hashLiveTicket } from '../../shared/live-ticket.ts';
import type { LiveTicket } from '../../shared/live-ticket.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';

interface Dependencies {
  readonly putTicket: (ticket: LiveTicket) => Promise<void>;
  readonly generateTicket: () => string;
  readonly now: () => number;
}

/**
 * `POST /api/v1/live/tickets`: 201 with a ticket that opens one live connection, soon, and the cursor of this moment: a
 * viewer whose connection breaks before anything came has no other.
 */
export function createIssueLiveTicket({ putTicket, generateTicket, now }: Dependencies) {
  return async ({ tenant }: Pick<HttpRequest, 'tenant'>): Promise<HttpAnswer> => {
    const ticket = generateTicket();
    const nowMs = now();
    const expiresAt = Math.floor(nowMs / 1000) + liveTicketSeconds;
    await putTicket({ ticket_sha256: hashLiveTicket(ticket), tenant, expires_at: expiresAt });
    return {
      status: 201,
      body: {
        ticket,
        expires_in: liveTicketSeconds,
        expires_at: new Date(expiresAt * 1000).toISOString(),
        cursor: renderStartCursor(nowMs),
      },
      headers: { 'cache-control': 'no-store' },
    };
  };
}
