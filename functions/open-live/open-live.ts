import { ApiError } from '../../shared/api-error.ts';
import { hashApiKey } from '../../shared/api-key.ts';
import type { ApiKey } from '../../shared/api-key.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { readLiveCursor } from '../../shared/live-cursor.ts';
import { isReturned } from '../../shared/live-replay.ts';
import type { ReplayStep } from '../../shared/live-replay.ts';
import { hashLiveTicket } from '../../shared/live-ticket.ts';
import type { LiveTicket } from '../../shared/live-ticket.ts';
import { createViewer, liveSubprotocol, readWatchedEvents } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { SocketAnswer, SocketRequest } from '../../shared/runtime/websocket.ts';
import { offersSubprotocol, readOffer } from './read-offer.ts';

interface Dependencies {
  readonly findKey: (keySha256: string) => Promise<ApiKey | undefined>;
  /** Each ticket once. */
  readonly redeemTicket: (ticketSha256: string) => Promise<LiveTicket | undefined>;
  readonly putViewer: (viewer: Viewer) => Promise<void>;
  /** Says that the tenant's events have a viewer until then, epoch seconds. */
  readonly watchedUntil: (tenant: string, seconds: number) => Promise<void>;
  readonly queueStep: (step: ReplayStep, delaySeconds: number) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * `$connect`: lets in who offers a key with the scope `live` or a ticket, notes what they watch, and sees to it that
 * who comes back is told what it missed. Throws `ApiError` 401, 403 or 400, each of which refuses the connection.
 */
export function createOpenLive(dependencies: Dependencies) {
  const { findKey, redeemTicket, putViewer, watchedUntil, queueStep, now, log } = dependencies;

  const findTenantOfKey = async (offered: string): Promise<string> => {
    const key = await findKey(hashApiKey(offered));
    if (key === undefined) {
      throw new ApiError('unauthorized', 'The API key is not known. Check it, or make a new one.');
    }
    if (!key.scopes.includes('live')) {
      throw new ApiError(
        'forbidden',
        `Watching needs a key with the scope "live"; this key has: ${key.scopes.join(', ')}.`,
      );
    }
    return key.tenant;
  };

  const findTenantOfTicket = async (offered: string): Promise<string> => {
    const ticket = await redeemTicket(hashLiveTicket(offered));
    if (ticket !== undefined) return ticket.tenant;
    throw new ApiError(
      'unauthorized',
      'The ticket is not known, was used, or its time is over. Get a new one from POST /api/v1/live/tickets.',
    );
  };

  const findTenant = (request: SocketRequest): Promise<string> => {
    const offer = readOffer(request);
    switch (offer.kind) {
      case 'key':
        return findTenantOfKey(offer.key);
      case 'ticket':
        return findTenantOfTicket(offer.ticket);
      default:
        return assertNever(offer);
    }
  };

  return async (request: SocketRequest): Promise<SocketAnswer> => {
    const { connectionId, query } = request;
    // Before the ticket is used up: who mistyped may come again with it.
    const events = readWatchedEvents(query['events']);
    const { since } = query;
    if (since !== undefined) readLiveCursor(since);
    const tenant = await findTenant(request);
    const viewer = createViewer({ tenant, connection_id: connectionId, events, since }, now());
    await putViewer(viewer);
    await watchedUntil(tenant, viewer.expires_at);
    // The connection opens after this answer only, so that another function must do it.
    if (isReturned(viewer)) await queueStep({ replay: viewer, pass: 0 }, 0);
    log.info('viewer connected', { connection_id: connectionId, tenant });
    return offersSubprotocol(request) ? { headers: { 'Sec-WebSocket-Protocol': liveSubprotocol } } : {};
  };
}
