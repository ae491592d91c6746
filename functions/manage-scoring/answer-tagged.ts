import { ApiError } from '../../shared/api-error.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { checkPrecondition, createEntityTag } from '../../shared/entity-tag.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';

type Headers = HttpRequest['headers'];

const tagOf = (body: unknown): string => createEntityTag(JSON.stringify(body));

const preconditionFailed = (): ApiError =>
  new ApiError(
    'precondition_failed',
    'It is no longer as If-Match or If-None-Match says. GET it, and send the change again with its ETag.',
  );

/** Answers a GET: 304 to who has this very representation already. Throws `ApiError` 412. */
export function answerTagged(headers: Headers, body: unknown): HttpAnswer {
  const etag = tagOf(body);
  // Whoever keeps it asks each time whether it still holds, and shows it to nobody with another key.
  const caching = { etag, 'cache-control': 'private, no-cache' };
  const precondition = checkPrecondition('GET', headers, etag);
  switch (precondition) {
    case 'holds':
      return { status: 200, body, headers: caching };
    case 'not_modified':
      return { status: 304, headers: caching };
    case 'failed':
      throw preconditionFailed();
    default:
      return assertNever(precondition);
  }
}

/** Throws `ApiError` 412 when a change may not be made to what is there: `current`, as a GET would answer it. */
export function requirePrecondition(method: 'PUT' | 'DELETE', headers: Headers, current: unknown): void {
  if (checkPrecondition(method, headers, tagOf(current)) !== 'holds') throw preconditionFailed();
}
