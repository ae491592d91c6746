import { ApiError } from './api-error.ts';
import type { CatalogEvent } from './event.ts';
import { eventIdSchema } from './event.ts';

/**
 * Where a viewer stands in the stream: at an event that it was told of, or, with an empty id, at a moment before any
 * that concerns it.
 */
export type LivePosition = Pick<CatalogEvent, 'timestamp' | 'id'>;

/** The opaque cursor of a frame. */
export const renderLiveCursor = ({ timestamp, id }: LivePosition): string =>
  Buffer.from(`${timestamp}#${id}`, 'utf8').toString('base64url');

/** The cursor of a viewer who begins then, epoch milliseconds: what happens from that moment on concerns it. */
export const renderStartCursor = (startMs: number): string =>
  renderLiveCursor({ timestamp: new Date(startMs).toISOString(), id: '' });

/** Whether it is the cursor of a beginning: nothing from before it was being told at the time. */
export const isStart = ({ id }: LivePosition): boolean => id === '';

// Years of more or fewer digits have a sign before them, and no longer sort as text.
const fourDigitYear = /^\d{4}-/;
const isTimestamp = (text: string): boolean =>
  fourDigitYear.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;

/** Reads the query parameter `since`. Throws `ApiError` 400 for anything that no frame carried. */
export function readLiveCursor(cursor: string): LivePosition {
  const [timestamp = '', ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split('#');
  const id = rest.join('#');
  const isPlace = rest.length > 0 && (id === '' || eventIdSchema.safeParse(id).success);
  if (!isTimestamp(timestamp) || !isPlace) {
    throw new ApiError(
      'bad_request',
      'The query parameter since is no cursor of this stream: give the cursor of the last frame as it came.',
      [{ field: 'since', message: 'is no cursor' }],
    );
  }
  return { timestamp, id };
}
