import { ApiError } from './api-error.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html (sort key) */
const keyBytesMax = 1024;

/** The answer to a cursor that the list did not give. */
export const cursorIsForeign = (): ApiError =>
  new ApiError('bad_request', 'The cursor is not one that this list answered: use next_cursor as it came.');

/** Makes the opaque cursor that a list answers as `next_cursor` from the last key it showed. */
export const encodeCursor = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

/** Reads a cursor back. Throws `ApiError` 400 for anything that no list answered. */
export function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  const isOurs = key !== '' && encodeCursor(key) === cursor && Buffer.byteLength(key) <= keyBytesMax;
  if (!isOurs) throw cursorIsForeign();
  return key;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The key after which the next page begins; undefined on the last. */
  readonly nextKey: string | undefined;
}
