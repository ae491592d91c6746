import type { CloseConnection } from '../live-post.ts';
import type { Viewer } from '../live-viewer.ts';
import type { Log } from './log.ts';

/**
 * Ends the connection of a viewer who could not be told of something: one that stayed open would hide the gap, and who
 * comes back with its cursor gets what it missed. Never throws.
 */
export type CutViewer = (viewer: Viewer) => Promise<void>;

/** Makes a `CutViewer`. The row goes last: without it, a connection that stays open would be told of nothing more. */
export function createCutViewer(dependencies: {
  readonly closeConnection: CloseConnection;
  readonly removeViewer: (viewer: Viewer) => Promise<void>;
  readonly log: Log;
}): CutViewer {
  const { closeConnection, removeViewer, log } = dependencies;
  return async (viewer) => {
    const { connection_id, tenant } = viewer;
    try {
      await closeConnection(connection_id);
      await removeViewer(viewer);
      log.warn('viewer cut off', { connection_id, tenant });
    } catch (error) {
      log.error('viewer not cut off', { connection_id, tenant, error });
    }
  };
}
