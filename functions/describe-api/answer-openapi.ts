import { createEntityTag, checkPrecondition } from '../../shared/entity-tag.ts';
import type { HttpAnswer, OpenRequest } from '../../shared/runtime/http.ts';

/** `GET /api/v1/openapi.json`: the document, or 304 to who has it already. */
export function createAnswerOpenApi(text: string) {
  const headers = { etag: createEntityTag(text), 'cache-control': 'public, max-age=300' };
  return (request: Pick<OpenRequest, 'headers'>): HttpAnswer =>
    checkPrecondition('GET', request.headers, headers.etag) === 'not_modified'
      ? { status: 304, headers }
      : { status: 200, text, headers: { ...headers, 'content-type': 'application/json' } };
}
