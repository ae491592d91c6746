import * as z from 'zod';
import { renderPong } from '../../shared/live-frame.ts';
import type { PostToViewer } from '../../shared/live-post.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { SocketAnswer, SocketRequest } from '../../shared/runtime/websocket.ts';

interface Dependencies {
  readonly post: PostToViewer;
  readonly log: Log;
}

const pingSchema = z.union([z.object({ event: z.literal('ping') }), z.object({ action: z.literal('ping') })]);

function isPing(body: string): boolean {
  if (body.trim() === 'ping') return true;
  try {
    return pingSchema.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

/**
 * `$default`: answers a viewer's ping, `ping` or `{"event": "ping"}`, with `{"event": "pong", "cursor"}`, where the cursor
 * leads to what happened since it connected: the one to come back with as long as nothing came. Whatever else a viewer
 * sends keeps its connection from idling out as well, and is not answered.
 */
export function createAnswerLive({ post, log }: Dependencies) {
  return async ({
    connectionId,
    connectedAt,
    body,
  }: Pick<SocketRequest, 'connectionId' | 'connectedAt' | 'body'>): Promise<SocketAnswer> => {
    if (body === undefined || !isPing(body)) return {};
    const outcome = await post(connectionId, renderPong(connectedAt));
    if (outcome.kind === 'failed') {
      log.warn('ping not answered', { connection_id: connectionId, error: outcome.error });
    }
    return {};
  };
}
