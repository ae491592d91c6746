import { assertNever } from '../assert-never.ts';
import type { PostToViewer } from '../live-post.ts';
import { mayBeOpening } from '../live-viewer.ts';
import type { Viewer } from '../live-viewer.ts';
import type { Log } from './log.ts';

/** A frame and the id of what it tells of. */
export interface Frame {
  readonly eventId: string;
  readonly text: string;
}

/** What a viewer got. */
export interface Pushed {
  /** The ids that it was told of. */
  readonly sent: readonly string[];
  /**
   * `done`: all of it. `opening`: the connection is not open yet. `gone`: the viewer has left, and was forgotten.
   * `failed`: a frame was not taken, or there was no time for it.
   */
  readonly end: 'done' | 'opening' | 'gone' | 'failed';
}

interface Dependencies {
  readonly post: PostToViewer;
  readonly removeViewer: (viewer: Viewer) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Posts frames to one viewer, one after another, so that they come in order, up to the first that cannot be posted,
 * which is logged. It never throws.
 */
export type PushFrames = (
  viewer: Viewer,
  frames: readonly Frame[],
  mayStart: () => boolean,
) => Promise<Pushed>;

/** Makes a `PushFrames` that forgets viewers who have left. */
export function createPushFrames({ post, removeViewer, now, log }: Dependencies): PushFrames {
  const forget = async (viewer: Viewer): Promise<'opening' | 'gone'> => {
    const { connection_id, tenant } = viewer;
    // The row is written before the connection opens; removing it now would leave an open connection without events.
    if (mayBeOpening(viewer, now())) {
      log.info('viewer not open yet', { connection_id, tenant });
      return 'opening';
    }
    try {
      await removeViewer(viewer);
      log.info('viewer gone', { connection_id, tenant });
    } catch (error) {
      log.warn('viewer gone, and its row not removed', { connection_id, tenant, error });
    }
    return 'gone';
  };

  return async (viewer, frames, mayStart) => {
    const { connection_id, tenant } = viewer;
    const sent: string[] = [];
    const fail = (error: unknown): Pushed => {
      const failed = frames.length - sent.length;
      log.warn('frames not sent to a viewer', { connection_id, tenant, failed, error });
      return { sent, end: 'failed' };
    };
    for (const { eventId, text } of frames) {
      if (!mayStart()) return fail(new Error('The time of this invocation is over'));
      const outcome = await post(connection_id, text);
      switch (outcome.kind) {
        case 'sent':
          sent.push(eventId);
          break;
        case 'gone':
          return { sent, end: await forget(viewer) };
        case 'failed':
          return fail(outcome.error);
        default:
          assertNever(outcome);
      }
    }
    return { sent, end: 'done' };
  };
}
