import { ApiError } from './api-error.ts';

/** Makes the opaque cursor that a list answers as `next_cursor` from the last key it showed. */
export const encodeCursor = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

/** Reads a cursor back. Throws `ApiError` 400 for anything that no list answered. */
export function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (key === '' || encodeCursor(key) !== cursor) {
    throw new ApiError(
      'bad_request',
      'The cursor is not one that this list answered: use next_cursor as it came.',
    );
  }
  return key;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The key after which the next page begins; undefined on the last. */
  readonly nextKey: string | undefined;
}
