import { expect, test } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import { ApiError } from '../api-error.ts';
import { createSocketHandler } from './websocket.ts';
import type { SocketRequest } from './websocket.ts';

const connect = {
  requestContext: { connectionId: 'conn-1=', connectedAt: 1_795_000_000_000, routeKey: '$connect' },
  headers: { Host: 'live.example', 'Sec-WebSocket-Protocol': 'a, b' },
  queryStringParameters: { events: '*' },
};

async function handle(event: unknown): Promise<SocketRequest | undefined> {
  let seen: SocketRequest | undefined;
  await createSocketHandler(async (request) => {
    seen = request;
    return {};
  }, collectLog())(event);
  return seen;
}

test('a route sees the connection, the query, and the headers in lower case', async () => {
  expect(await handle(connect)).toEqual({
    connectionId: 'conn-1=',
    connectedAt: 1_795_000_000_000,
    headers: { host: 'live.example', 'sec-websocket-protocol': 'a, b' },
    query: { events: '*' },
    body: undefined,
  });
});

test.each([
  ['as it is', { body: 'héllo' }],
  ['decoded', { body: Buffer.from('héllo').toString('base64'), isBase64Encoded: true }],
])('a route of messages sees the message, %s', async (_how, message) => {
  expect(await handle({ requestContext: connect.requestContext, ...message })).toMatchObject({
    body: 'héllo',
  });
});

test.each([
  ['left out', { requestContext: connect.requestContext }],
  ['null', { requestContext: connect.requestContext, headers: null, queryStringParameters: null }],
])('what a client did not send may be %s', async (_how, event) => {
  expect(await handle(event)).toEqual({
    connectionId: 'conn-1=',
    connectedAt: 1_795_000_000_000,
    headers: {},
    query: {},
    body: undefined,
  });
});

test('an answer is a 200 with its headers', async () => {
  const handler = createSocketHandler(async () => ({ headers: { a: 'b' } }), collectLog());
  expect(await handler(connect)).toEqual({ statusCode: 200, headers: { a: 'b' } });
});

test('a refusal is answered with its status and its reason, and logged without a stack', async () => {
  const log = collectLog();
  const handler = createSocketHandler(async () => {
    throw new ApiError('forbidden', 'Not you.');
  }, log);
  const answer = await handler(connect);
  expect(answer.statusCode).toBe(403);
  expect(JSON.parse(answer.body ?? '')).toEqual({ message: 'Not you.', code: 'forbidden' });
  expect(log.lines).toEqual([
    {
      level: 'info',
      message: 'connection refused',
      connection_id: 'conn-1=',
      status: 403,
      reason: 'forbidden',
    },
  ]);
});

test('a bug or an outage is a 500 that tells nothing of it, and is logged whole', async () => {
  const log = collectLog();
  const error = new Error('table config is on fire');
  const handler = createSocketHandler(() => Promise.reject(error), log);
  const answer = await handler(connect);
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('fire');
  expect(log.lines).toMatchObject([{ level: 'error', connection_id: 'conn-1=', error }]);
});
