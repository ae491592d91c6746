import { expect, test } from 'vitest';
import { checkAnswer, findOperation } from './check-answer.ts';

const check = (method: string, path: string, status: number, body?: object) => () =>
  checkAnswer(
    method,
    new URL(path, 'http://127.0.0.1'),
    new Response(null, { status, headers: { 'content-type': 'application/json' } }),
    body === undefined ? '' : JSON.stringify(body),
  );
const ticket = { ticket: 'lt_1', expires_in: 60, expires_at: '2026-11-22T12:00:00.000Z', cursor: 'c' };

test.each([
  ['GET', '/api/v1/events/catalog', 'getCatalog'],
  ['GET', '/api/v1/events/evt_1', 'getEvent'],
  ['GET', '/api/v1/hooks/logs', 'listLogs'],
  ['DELETE', '/api/v1/scoring/modifiers/a%20b', 'removeProviderModifier'],
  ['PUT', '/api/v1/openapi.json', undefined],
])('%s %s is answered by %s', (method, path, id) => {
  expect(findOperation(method, path)?.id).toBe(id);
});

test('an answer as documented passes', () => {
  expect(check('POST', '/api/v1/live/tickets', 201, ticket)).not.toThrow();
  expect(check('DELETE', '/api/v1/webhooks/wh_1', 204)).not.toThrow();
  expect(check('GET', '/api/v1/none', 404, { message: 'Not Found' })).not.toThrow();
});

test.each([
  ['a field too few', 201, { ...ticket, ticket: undefined }, /ticket/],
  ['a field too many', 201, { ...ticket, tenant: 'default' }, /documented as/],
  ['a status that nothing tells of', 200, ticket, /status 200/],
  ['an error in another shape', 422, { error: 'no' }, /message/],
])('an answer with %s throws', (_what, status, body, problem) => {
  expect(check('POST', '/api/v1/live/tickets', status, body)).toThrow(problem);
});
