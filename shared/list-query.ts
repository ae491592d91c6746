import * as z from 'zod';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Page } from './cursor.ts';
import { pageSizeDefault, pageSizeMax } from './limits.ts';

/** The query parameters that every list takes. */
export const pageFields = {
  limit: z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(pageSizeMax))
    .default(pageSizeDefault),
  cursor: z.string().optional(),
};

export const pageQuerySchema = z.strictObject(pageFields);

/** The key to go on from, or undefined for the first page. Throws `ApiError` 400 for a foreign cursor. */
export const readCursor = (cursor: string | undefined): string | undefined =>
  cursor === undefined ? undefined : decodeCursor(cursor);

/** The `next_cursor` of a list's answer. */
export const nextCursor = (page: Page<unknown>): string | null =>
  page.nextKey === undefined ? null : encodeCursor(page.nextKey);
