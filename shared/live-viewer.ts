import * as z from 'zod';
import { eventNames, isEventName } from './catalog.ts';
import { ApiError } from './api-error.ts';
import { liveConnectionSecondsMax } from './limits.ts';
import { isViewerEvent, viewerEvents } from './progress.ts';

/** The WebSocket subprotocol that viewers offer and the server answers. */
export const liveSubprotocol = 'sublarr-events';
/** What stands before an API key that is offered as a subprotocol: the only header that browsers let a page set. */
export const keySubprotocolPrefix = 'key.';

export const viewerSchema = z.object({
  tenant: z.string().min(1),
  connection_id: z.string().min(1),
  /** Names of events, or `*` alone. Not an enum: one row of an older catalog must not hide the tenant's others. */
  events: z.array(z.string()),
  connected_at: z.iso.datetime(),
  /** The cursor of the last frame that it got on an earlier connection. */
  since: z.string().optional(),
  /** Epoch seconds. */
  expires_at: z.int(),
});
/** An open connection of somebody who watches a tenant's events. */
export type Viewer = z.infer<typeof viewerSchema>;

// For a clock that differs and a disconnect that comes late.
const expiryMarginSeconds = 10 * 60;
// A connection opens when $connect has answered, within 29 s; until then posting to it says that it is gone.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
const openingSecondsMax = 30;

export function createViewer(
  fields: Pick<Viewer, 'tenant' | 'connection_id' | 'events' | 'since'>,
  nowMs: number,
): Viewer {
  return {
    ...fields,
    connected_at: new Date(nowMs).toISOString(),
    expires_at: Math.floor(nowMs / 1000) + liveConnectionSecondsMax + expiryMarginSeconds,
  };
}

export const isWatching = (viewer: Pick<Viewer, 'events'>, name: string): boolean =>
  viewer.events.includes('*') || viewer.events.includes(name);

/** Whether the connection may not have opened yet, so that "gone" is not the last word. */
export const mayBeOpening = (viewer: Pick<Viewer, 'connected_at'>, nowMs: number): boolean =>
  nowMs - Date.parse(viewer.connected_at) < openingSecondsMax * 1000;

/**
 * When the stream of a viewer who came back is the live one alone, in epoch milliseconds: what happened before may
 * reach it by replay as well, so who tells it must claim the event first.
 */
export const seamEndsAt = (viewer: Pick<Viewer, 'connected_at'>): number =>
  Date.parse(viewer.connected_at) + openingSecondsMax * 1000;

/** Whether both replay and the live stream may tell the viewer of an event of that time. */
export const isInSeam = (viewer: Pick<Viewer, 'connected_at' | 'since'>, timestamp: string): boolean =>
  viewer.since !== undefined && Date.parse(timestamp) < seamEndsAt(viewer);

/**
 * Reads the query parameter `events`: names separated by commas, or `*` for all, which is also the default.
 * Throws `ApiError` 400 naming what is not known and what is.
 */
export function readWatchedEvents(text: string | undefined): string[] {
  const names = (text ?? '*')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.filter((name) => name !== '*' && !isEventName(name) && !isViewerEvent(name));
  if (names.length === 0 || unknown.length > 0) {
    const problem =
      names.length === 0
        ? 'names no event'
        : `names no event with ${unknown.map((name) => `"${name}"`).join(', ')}`;
    throw new ApiError(
      'bad_request',
      `The query parameter events ${problem}. Known events: ${[...eventNames, ...viewerEvents].join(', ')}, or * for all.`,
      [{ field: 'events', message: problem }],
    );
  }
  return names.includes('*') ? ['*'] : [...new Set(names)];
}
