import { ApiError } from '../../shared/api-error.ts';
import { keySubprotocolPrefix, liveSubprotocol } from '../../shared/live-viewer.ts';

/**
 * The API key among the subprotocols that a client offers. Throws `ApiError` 401 when there is none, and 400 when
 * the client did not offer the subprotocol that it will be answered: it would close the connection at once.
 */
export function readOfferedKey(header: string | undefined): string {
  const offered = (header ?? '').split(',').map((name) => name.trim());
  const key = offered
    .find((name) => name.startsWith(keySubprotocolPrefix))
    ?.slice(keySubprotocolPrefix.length);
  const howTo = `Offer the subprotocols "${liveSubprotocol}" and "${keySubprotocolPrefix}<API key>" (Sec-WebSocket-Protocol).`;
  if (key === undefined || key === '') throw new ApiError('unauthorized', `No API key was offered. ${howTo}`);
  if (!offered.includes(liveSubprotocol)) {
    throw new ApiError('bad_request', `The subprotocol "${liveSubprotocol}" was not offered. ${howTo}`);
  }
  return key;
}
