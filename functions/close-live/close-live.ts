import type { Log } from '../../shared/runtime/log.ts';
import type { SocketAnswer, SocketRequest } from '../../shared/runtime/websocket.ts';

interface Dependencies {
  /** False when there was no such connection. */
  readonly removeViewer: (connectionId: string) => Promise<boolean>;
  readonly log: Log;
}

/** `$disconnect`: forgets the viewer. A connection that pushing found gone is forgotten already. */
export function createCloseLive({ removeViewer, log }: Dependencies) {
  return async ({ connectionId }: Pick<SocketRequest, 'connectionId'>): Promise<SocketAnswer> => {
    const wasKnown = await removeViewer(connectionId);
    log.info('viewer disconnected', {
      connection_id: connectionId,
      state: wasKnown ? 'removed' : 'already gone',
    });
    return {};
  };
}
