import type { LivePosition } from './live-cursor.ts';
import { renderLiveCursor, renderStartCursor } from './live-cursor.ts';
import { liveMessageBytesMax } from './limits.ts';

/** What a frame tells of: a catalog event, or one that reaches viewers only. */
export interface FramedEvent extends LivePosition {
  readonly event_name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The text that viewers get of an event: `{event, data, id, cursor, timestamp}`. One that API Gateway would not carry
 * comes as a reference, `{event, id, cursor, timestamp, reference, bytes}`, where `reference` is the path under which
 * the API answers the event and `bytes` is the size of the whole text.
 */
export function renderFrame(framed: FramedEvent): string {
  const { event_name: event, data, id, timestamp } = framed;
  const cursor = renderLiveCursor(framed);
  const text = JSON.stringify({ event, data, id, cursor, timestamp });
  const bytes = Buffer.byteLength(text);
  if (bytes <= liveMessageBytesMax) return text;
  return JSON.stringify({ event, id, cursor, timestamp, reference: `/api/v1/events/${id}`, bytes });
}

/** Tells a viewer who came back that more happened than it is told: the newest events follow, at most `limit`. */
export const renderMissed = (since: string, limit: number): string =>
  JSON.stringify({
    event: 'missed',
    since,
    limit,
    message: `More happened since this cursor than can be sent again: the newest events follow, at most ${limit}, older ones do not.`,
  });

/** Tells a viewer who came back that it was told of everything kept that happened before it connected. */
export const renderCaughtUp = (since: string): string => JSON.stringify({ event: 'caught_up', since });

/** Answers a viewer's ping, with the cursor of when it connected: what to come back with as long as nothing came. */
export const renderPong = (connectedAtMs: number): string =>
  JSON.stringify({ event: 'pong', cursor: renderStartCursor(connectedAtMs) });
