import type * as z from 'zod';
import { parseFields, parseJson } from './parse-request.ts';

/** Reads the body of a request that may have none. Throws `ApiError` 400 or 422. */
export const readOptionalBody = <Schema extends z.ZodType>(
  schema: Schema,
  body: string | undefined,
): z.output<Schema> => parseFields(schema, body === undefined || body.trim() === '' ? {} : parseJson(body));
