import type { LiveClaims } from '../../shared/aws/live-claims.ts';
import { isInSeam } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import type { CutViewer } from '../../shared/runtime/cut-viewer.ts';
import type { Frame, PushFrames } from '../../shared/runtime/push-frames.ts';

/** A frame of something that happened then. */
export interface TimedFrame extends Frame {
  readonly timestamp: string;
}

/** Tells a viewer, in order, of what it was not told of before. Throws when that cannot be found out. */
export type TellViewer = (
  viewer: Viewer,
  frames: readonly TimedFrame[],
  mayStart: () => boolean,
) => Promise<Told>;

/** What a viewer knows now. */
export interface Told {
  /** The ids that it was told of, by others too. */
  readonly sent: readonly string[];
  /** Frames that were to be sent and were not. */
  readonly left: number;
  /** Whether it has left, or was cut off. */
  readonly isGone: boolean;
}

/**
 * Makes a `TellViewer`. Where the replay of a viewer who came back meets its live stream, whoever claims an event first
 * tells of it, and gives it back when it could not. Beyond that nobody makes up for a frame that was not taken: the
 * viewer is cut off.
 */
export function createTellViewer({
  claims,
  pushFrames,
  cutViewer,
}: {
  readonly claims: LiveClaims;
  readonly pushFrames: PushFrames;
  readonly cutViewer: CutViewer;
}): TellViewer {
  return async (viewer, frames, mayStart) => {
    const contested = frames.flatMap(({ eventId, timestamp }) =>
      isInSeam(viewer, timestamp) ? eventId : [],
    );
    const ours = contested.length === 0 ? new Set<string>() : await claims.claim(viewer, contested);
    const due = frames.filter(({ eventId, timestamp }) => !isInSeam(viewer, timestamp) || ours.has(eventId));
    const pushed = await pushFrames(viewer, due, mayStart);
    const left = due.filter(({ eventId }) => !pushed.sent.includes(eventId));
    const isLost = pushed.end === 'failed' && left.some(({ timestamp }) => !isInSeam(viewer, timestamp));
    if (isLost) await cutViewer(viewer);
    const isGone = isLost || pushed.end === 'gone';
    if (!isGone) {
      await claims.release(
        viewer,
        left.flatMap(({ eventId }) => (ours.has(eventId) ? eventId : [])),
      );
    }
    const toldByOthers = contested.filter((id) => !ours.has(id));
    return {
      sent: [...pushed.sent, ...toldByOthers],
      isGone,
      left: left.length,
    };
  };
}
