import { assertNever } from '../../shared/assert-never.ts';
import type { PostToViewer } from '../../shared/aws/post-to-viewer.ts';
import { mayBeOpening } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import type { Log } from '../../shared/runtime/log.ts';

/** A frame and the id of the event that it tells of. */
export interface Frame {
  readonly eventId: string;
  readonly text: string;
}

interface Dependencies {
  readonly post: PostToViewer;
  readonly removeViewer: (viewer: Viewer) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Posts frames to one viewer, one after another, so that they come in order, and answers the ids of the events that
 * the viewer got. What cannot be posted is lost to this viewer and logged; it never throws.
 */
export type PushFrames = (
  viewer: Viewer,
  frames: readonly Frame[],
  mayStart: () => boolean,
) => Promise<readonly string[]>;

export function createPushFrames({ post, removeViewer, now, log }: Dependencies): PushFrames {
  const forget = async (viewer: Viewer): Promise<void> => {
    const { connection_id, tenant } = viewer;
    // The row is written before the connection opens; removing it now would leave an open connection without events.
    if (mayBeOpening(viewer, now())) {
      log.info('viewer not open yet', { connection_id, tenant });
      return;
    }
    try {
      await removeViewer(viewer);
      log.info('viewer gone', { connection_id, tenant });
    } catch (error) {
      log.warn('viewer gone, and its row not removed', { connection_id, tenant, error });
    }
  };

  return async (viewer, frames, mayStart) => {
    const { connection_id, tenant } = viewer;
    const sent: string[] = [];
    let failure: unknown;
    for (const { eventId, text } of frames) {
      if (!mayStart()) {
        failure ??= new Error('The time of this invocation is over');
        break;
      }
      const outcome = await post(connection_id, text);
      switch (outcome.kind) {
        case 'sent':
          sent.push(eventId);
          break;
        case 'gone':
          await forget(viewer);
          return sent;
        case 'failed':
          failure ??= outcome.error;
          break;
        default:
          assertNever(outcome);
      }
    }
    if (failure !== undefined) {
      const failed = frames.length - sent.length;
      log.warn('frames lost to a viewer', { connection_id, tenant, failed, error: failure });
    }
    return sent;
  };
}
