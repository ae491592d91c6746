import { ApiError } from '../../shared/api-error.ts';
import { keySubprotocolPrefix, liveSubprotocol } from '../../shared/live-viewer.ts';
import type { SocketRequest } from '../../shared/runtime/websocket.ts';

/** How a client says who it is. */
export type Offer =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'ticket'; readonly ticket: string };

const readOffered = (header: string | undefined): string[] =>
  (header ?? '').split(',').map((name) => name.trim());

/** Whether the client offers the subprotocol that it can be answered. */
export const offersSubprotocol = ({ headers }: Pick<SocketRequest, 'headers'>): boolean =>
  readOffered(headers['sec-websocket-protocol']).includes(liveSubprotocol);

/**
 * The ticket in the query, or the API key among the subprotocols that a client offers. Throws `ApiError` 401 when there
 * is neither, and 400 when a client did not offer the subprotocol that it will be answered: it would close the
 * connection at once.
 */
export function readOffer(request: Pick<SocketRequest, 'headers' | 'query'>): Offer {
  const ticket = request.query['ticket'];
  if (ticket !== undefined) {
    // The ticket would be used up by a connection that the client closes at once.
    const hasOffered = request.headers['sec-websocket-protocol'] !== undefined;
    if (hasOffered && !offersSubprotocol(request)) {
      throw new ApiError(
        'bad_request',
        `With a ticket, offer the subprotocol "${liveSubprotocol}" (Sec-WebSocket-Protocol) or none.`,
      );
    }
    return { kind: 'ticket', ticket };
  }
  const key = readOffered(request.headers['sec-websocket-protocol'])
    .find((name) => name.startsWith(keySubprotocolPrefix))
    ?.slice(keySubprotocolPrefix.length);
  const howTo = `Offer the subprotocols "${liveSubprotocol}" and "${keySubprotocolPrefix}<API key>" (Sec-WebSocket-Protocol), or come with ?ticket=<ticket> of POST /api/v1/live/tickets.`;
  if (key === undefined || key === '') throw new ApiError('unauthorized', `No API key was offered. ${howTo}`);
  if (!offersSubprotocol(request)) {
    throw new ApiError('bad_request', `The subprotocol "${liveSubprotocol}" was not offered. ${howTo}`);
  }
  return { kind: 'key', key };
}
