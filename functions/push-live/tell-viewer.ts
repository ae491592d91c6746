import type { LiveClaims } from '../../shared/aws/live-claims.ts';
import { isInSeam } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import type { Frame, Pushed, PushFrames } from '../../shared/runtime/push-frames.ts';

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

/** `sent` holds what others told it of, too. */
export interface Told extends Pushed {
  /** Frames that were to be sent and were not. */
  readonly left: number;
}

/**
 * Makes a `TellViewer`. Where the replay of a viewer who came back meets its live stream, whoever claims an event first
 * tells of it, and gives it back when it could not.
 */
export function createTellViewer({
  claims,
  pushFrames,
}: {
  readonly claims: LiveClaims;
  readonly pushFrames: PushFrames;
}): TellViewer {
  return async (viewer, frames, mayStart) => {
    const contested = frames.flatMap(({ eventId, timestamp }) =>
      isInSeam(viewer, timestamp) ? eventId : [],
    );
    const ours = contested.length === 0 ? new Set<string>() : await claims.claim(viewer, contested);
    const due = frames.filter(({ eventId, timestamp }) => !isInSeam(viewer, timestamp) || ours.has(eventId));
    const pushed = await pushFrames(viewer, due, mayStart);
    if (!pushed.isGone) {
      await claims.release(
        viewer,
        [...ours].filter((id) => !pushed.sent.includes(id)),
      );
    }
    const toldByOthers = contested.filter((id) => !ours.has(id));
    return {
      sent: [...pushed.sent, ...toldByOthers],
      isGone: pushed.isGone,
      left: due.length - pushed.sent.length,
    };
  };
}
