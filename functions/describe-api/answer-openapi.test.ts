import { expect, test } from 'vitest';
import { createAnswerOpenApi } from './answer-openapi.ts';

const answer = createAnswerOpenApi('{"openapi":"3.1.1"}');

test('answers the document as JSON, and nothing to who has it already', () => {
  const first = answer({ headers: {} });
  expect(first).toMatchObject({
    status: 200,
    text: '{"openapi":"3.1.1"}',
    headers: { 'content-type': 'application/json', etag: expect.stringMatching(/^"[\w-]+"$/) },
  });
  const etag = first.headers?.['etag'] ?? '';
  expect(answer({ headers: { 'if-none-match': etag } })).toEqual({
    status: 304,
    headers: { etag, 'cache-control': 'public, max-age=300' },
  });
  expect(answer({ headers: { 'if-none-match': '"older"' } })).toMatchObject({ status: 200 });
});
