import { ApiError } from '../../shared/api-error.ts';
import { hashApiKey } from '../../shared/api-key.ts';
import type { ApiKey } from '../../shared/api-key.ts';
import { createViewer, liveSubprotocol, readWatchedEvents } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { SocketAnswer, SocketRequest } from '../../shared/runtime/websocket.ts';
import { readOfferedKey } from './read-offer.ts';

interface Dependencies {
  readonly findKey: (keySha256: string) => Promise<ApiKey | undefined>;
  readonly putViewer: (viewer: Viewer) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * `$connect`: lets in who offers a key with the scope `live`, and notes what they watch.
 * Throws `ApiError` 401, 403 or 400, each of which refuses the connection.
 */
export function createOpenLive({ findKey, putViewer, now, log }: Dependencies) {
  const requireViewerKey = async (header: string | undefined): Promise<ApiKey> => {
    const key = await findKey(hashApiKey(readOfferedKey(header)));
    if (key === undefined) {
      throw new ApiError('unauthorized', 'The API key is not known. Check it, or make a new one.');
    }
    if (!key.scopes.includes('live')) {
      throw new ApiError(
        'forbidden',
        `Watching needs a key with the scope "live"; this key has: ${key.scopes.join(', ')}.`,
      );
    }
    return key;
  };

  return async ({ connectionId, headers, query }: SocketRequest): Promise<SocketAnswer> => {
    const { tenant } = await requireViewerKey(headers['sec-websocket-protocol']);
    const events = readWatchedEvents(query['events']);
    await putViewer(createViewer({ tenant, connection_id: connectionId, events }, now()));
    log.info('viewer connected', { connection_id: connectionId, tenant });
    return { headers: { 'Sec-WebSocket-Protocol': liveSubprotocol } };
  };
}
