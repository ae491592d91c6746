import { ApiError } from './api-error.ts';
import type { CatalogEvent } from './event.ts';
import { eventIdSchema } from './event.ts';

/** Where a viewer stands in the stream: at an event that it was told of. */
export type LivePosition = Pick<CatalogEvent, 'timestamp' | 'id'>;

/** The opaque cursor of a frame. */
export const renderLiveCursor = ({ timestamp, id }: LivePosition): string =>
  Buffer.from(`${timestamp}#${id}`, 'utf8').toString('base64url');

const isTimestamp = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text;

/** Reads the query parameter `since`. Throws `ApiError` 400 for anything that no frame carried. */
export function readLiveCursor(cursor: string): LivePosition {
  const [timestamp = '', ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split('#');
  const id = rest.join('#');
  if (!isTimestamp(timestamp) || !eventIdSchema.safeParse(id).success) {
    throw new ApiError(
      'bad_request',
      'The query parameter since is no cursor of this stream: give the cursor of the last frame as it came.',
      [{ field: 'since', message: 'is no cursor' }],
    );
  }
  return { timestamp, id };
}
