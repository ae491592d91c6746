import type * as z from 'zod';
import { ApiError } from './api-error.ts';
import type { ErrorDetail } from './api-error.ts';
import { describePlace } from './describe-place.ts';

/** Reads a JSON request body. Throws `ApiError` 400 when it is no JSON. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') {
    throw new ApiError('bad_request', 'The request has no body: send a JSON document.');
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('bad_request', `The body is not valid JSON: ${(cause as SyntaxError).message}`, [], {
      cause,
    });
  }
}

function toDetails(issue: z.core.$ZodIssue): ErrorDetail[] {
  const place = describePlace(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const prefix = place === '' ? '' : `${place}.`;
    return issue.keys.map((key) => ({ field: prefix + key, message: 'is not a field of this resource' }));
  }
  return [{ field: place, message: issue.message }];
}

/** Checks a request against its schema. Throws `ApiError` 422 that names every field that is wrong. */
export function parseFields<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.flatMap(toDetails);
  const named = details
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ');
  throw new ApiError('unprocessable', `The request is not valid: ${named}`, details);
}
