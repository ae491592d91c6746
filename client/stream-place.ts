import type { LiveFrame } from './live-frame.ts';

/** Frames remembered, so that what is sent again after a reconnection is told once: more than the server replays. */
const rememberedMax = 5_000;

/** Where a viewer stands in the stream, over all of its connections. */
export interface StreamPlace {
  /** What to come back with; undefined as long as nothing came. */
  readonly cursor: () => string | undefined;
  /** Notes that a connection opens, and what to come back with should nothing come on it. */
  readonly connected: (start?: string) => void;
  /** Notes a frame. False for an event that came before. */
  readonly take: (frame: LiveFrame) => boolean;
}

/**
 * Follows the stream. While what was missed is still being sent, newer events come between it: only when all of it has
 * come does the cursor move on, so that a connection which breaks meanwhile loses nothing.
 */
export function createStreamPlace(since: string | undefined): StreamPlace {
  const seen = new Set<string>();
  let cursor = since;
  let newest: { readonly timestamp: string; readonly cursor: string } | undefined;
  let isCatchingUp = false;
  const settle = (): void => {
    if (!isCatchingUp && newest !== undefined) cursor = newest.cursor;
  };
  return {
    cursor: () => cursor,
    connected: (start) => {
      isCatchingUp = cursor !== undefined;
      cursor ??= start;
    },
    take: (frame) => {
      if (frame.kind === 'missed') return true;
      if (frame.kind === 'caught_up') {
        isCatchingUp = false;
        settle();
        return true;
      }
      if (seen.has(frame.id)) return false;
      seen.add(frame.id);
      if (seen.size > rememberedMax) seen.delete(seen.values().next().value ?? '');
      if (newest === undefined || frame.timestamp >= newest.timestamp) newest = frame;
      settle();
      return true;
    },
  };
}
