import { describe, expect, test } from 'vitest';
import { aContext, aGatewayEvent } from '../../test/builders/an-http-request.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { ApiError } from '../api-error.ts';
import type { ErrorCode } from '../api-error.ts';
import { requestBodyBytesMax } from '../limits.ts';
import { createHttpHandler } from './http.ts';
import type { HttpAnswer, HttpRequest, HttpRoute, OpenRequest } from './http.ts';

const path = '/api/v1/things';

/** The door with one route; answers what came through it, and the answer that went out. */
function door(
  handle: (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer = () => ({ status: 200, body: {} }),
  route: Partial<HttpRoute> = {},
) {
  const log = collectLog();
  const requests: HttpRequest[] = [];
  const handler = createHttpHandler(
    [
      {
        method: 'GET',
        path,
        scope: 'manage',
        handle: (request) => {
          requests.push(request);
          return handle(request);
        },
        ...route,
      },
    ],
    log,
  );
  const knock = async (call: Parameters<typeof aGatewayEvent>[0] = {}) => {
    const { statusCode, headers, body } = await handler(aGatewayEvent({ path, ...call }), aContext(1234));
    return { status: statusCode, headers, json: body === undefined ? undefined : JSON.parse(body) };
  };
  return { knock, handler, requests, log };
}

describe('a caller', () => {
  test.each([
    ['whose key is not known', { tenant: '', scopes: '' }],
    ['without an authorizer’s word', null],
    ['without a tenant but with scopes', { tenant: '', scopes: 'manage' }],
  ])('%s is answered 401 in the shape of every error', async (_who, caller) => {
    const { knock, requests } = door();
    const { status, headers, json } = await knock({ caller });
    expect(status).toBe(401);
    expect(headers).toMatchObject({ 'Content-Type': 'application/json' });
    expect(json).toEqual({ code: 'unauthorized', message: expect.stringContaining('X-Api-Key') });
    expect(requests).toEqual([]);
  });

  test.each([
    ['publish read', 'publish, read'],
    ['', 'none'],
    ['management unknown', 'none'],
  ])(
    'with the scopes "%s" is answered 403 that names the one it needs and those it has',
    async (scopes, held) => {
      const { knock, requests } = door();
      const { status, json } = await knock({ caller: { tenant: 'default', scopes } });
      expect(status).toBe(403);
      expect(json).toEqual({
        code: 'forbidden',
        message: `This needs a key with the scope "manage"; this key has: ${held}.`,
      });
      expect(requests).toEqual([]);
    },
  );

  test('with the scope gets through, as its tenant', async () => {
    const { knock, requests } = door();
    const { status } = await knock({ caller: { tenant: 'acme', scopes: 'read manage' } });
    expect(status).toBe(200);
    expect(requests[0]).toMatchObject({ tenant: 'acme', requestId: 'req-1' });
    expect(requests[0]?.remainingMs()).toBe(1234);
  });

  test('without the scope learns of that before the size of its body', async () => {
    const { knock } = door(undefined, { method: 'POST' });
    const body = 'x'.repeat(requestBodyBytesMax + 1);
    await expect(knock({ method: 'POST', body, caller: { tenant: 't', scopes: '' } })).resolves.toMatchObject(
      {
        status: 403,
      },
    );
  });
});

/** What code that is not ours may throw in place of an error. */
const oddities = [
  'text',
  undefined,
  { statusCode: 418, message: 'teapot', expose: true },
] as unknown as Error[];

describe('an error', () => {
  const codes: readonly (readonly [ErrorCode, number])[] = [
    ['bad_request', 400],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['precondition_failed', 412],
    ['too_large', 413],
    ['unprocessable', 422],
    ['internal', 500],
    ['unavailable', 503],
  ];
  test.each(codes)('%s is answered as %i with its message and details', async (code, status) => {
    const details = [{ field: 'name', message: 'is missing' }];
    const { knock, log } = door(() => {
      throw new ApiError(code, 'Mend it so.', details);
    });
    await expect(knock()).resolves.toMatchObject({
      status,
      headers: { 'Content-Type': 'application/json' },
      json: { code, message: 'Mend it so.', details },
    });
    expect(log.lines).toEqual([]);
  });

  test('that is a bug is answered as a 500 that tells nothing of it, and logged whole', async () => {
    const bug = new Error('password is hunter2', { cause: new Error('inner') });
    const { knock, log } = door(() => {
      throw bug;
    });
    const { status, json } = await knock();
    expect(status).toBe(500);
    expect(json).toEqual({ code: 'internal', message: expect.not.stringContaining('hunter2') });
    expect(log.lines).toEqual([
      { level: 'error', message: 'request failed', request_id: 'req-1', error: bug },
    ]);
  });

  test.each(oddities)('of any other kind is a bug too: %j', async (thrown) => {
    const { knock } = door(() => Promise.reject(thrown));
    await expect(knock()).resolves.toMatchObject({ status: 500, json: { code: 'internal' } });
  });

  test.each([
    ['GET', '/api/v1/nothing'],
    ['DELETE', path],
  ])('of a route that does not exist is a 404: %s %s', async (method, elsewhere) => {
    const { knock, log } = door();
    await expect(knock({ method, path: elsewhere })).resolves.toMatchObject({
      status: 404,
      json: { code: 'not_found', message: `There is no route ${method} ${elsewhere}.` },
    });
    expect(log.lines).toEqual([]);
  });
});

describe('a request', () => {
  const post = { method: 'POST' as const };

  test.each([
    ['text', 'grüße', false],
    ['base64', Buffer.from('grüße').toString('base64'), true],
  ])('hands its body on as text when it came as %s', async (_kind, body, base64) => {
    const { knock, requests } = door(undefined, post);
    await knock({ method: 'POST', body, base64 });
    expect(requests[0]?.body).toBe('grüße');
  });

  test('without a body has none', async () => {
    const { knock, requests } = door();
    await knock();
    expect(requests[0]?.body).toBeUndefined();
  });

  test.each([
    [requestBodyBytesMax, false, 200],
    [requestBodyBytesMax + 1, false, 413],
    [requestBodyBytesMax, true, 200],
    [requestBodyBytesMax + 1, true, 413],
  ])('of %i bytes (base64: %s) is answered %i', async (bytes, base64, status) => {
    const { knock } = door(undefined, post);
    const text = 'x'.repeat(bytes);
    const body = base64 ? Buffer.from(text).toString('base64') : text;
    await expect(knock({ method: 'POST', body, base64 })).resolves.toMatchObject({ status });
  });

  test('hands on the parameters of its path, its query and its headers', async () => {
    const { knock, requests } = door(undefined, { path: `${path}/{id}` });
    await knock({ path: `${path}/wh_1`, query: { limit: '5' }, headers: { 'if-none-match': '"a","b"' } });
    expect(requests[0]).toMatchObject({
      params: { id: 'wh_1' },
      query: { limit: '5' },
      headers: { 'if-none-match': '"a","b"' },
    });
  });
});

describe('an answer', () => {
  test.each<[HttpAnswer, object]>([
    [
      { status: 201, body: { a: 1 }, headers: { location: '/x' } },
      { statusCode: 201, body: '{"a":1}', headers: { 'content-type': 'application/json', location: '/x' } },
    ],
    [{ status: 204 }, { statusCode: 204, headers: {} }],
    [
      { status: 200, text: '#!/bin/sh' },
      { statusCode: 200, body: '#!/bin/sh', headers: { 'content-type': 'text/plain; charset=utf-8' } },
    ],
    [
      { status: 200, text: '' },
      { statusCode: 200, body: '', headers: { 'content-type': 'text/plain; charset=utf-8' } },
    ],
  ])('%j goes out as it is', async (answer, result) => {
    const { handler } = door(() => answer);
    await expect(handler(aGatewayEvent({ path }), aContext())).resolves.toEqual(result);
  });
});

describe('an open route', () => {
  function openDoor() {
    const requests: OpenRequest[] = [];
    const handler = createHttpHandler(
      [
        {
          method: 'POST',
          path,
          scope: 'open',
          handle: (request) => {
            requests.push(request);
            return { status: 202, body: {} };
          },
        },
      ],
      collectLog(),
    );
    const knock = (call: Parameters<typeof aGatewayEvent>[0]) =>
      handler(aGatewayEvent({ method: 'POST', path, caller: null, ...call }), aContext());
    return { knock, requests };
  }

  test.each([
    ['as text', '{"ä":1}', false],
    ['as base64', Buffer.from('{"ä":1}').toString('base64'), true],
  ])('lets in who has no key, and hands on the bytes of a body that comes %s', async (_how, body, base64) => {
    const { knock, requests } = openDoor();
    await expect(knock({ body, base64, query: { id: 'x' } })).resolves.toMatchObject({ statusCode: 202 });
    expect(requests[0]).toMatchObject({ query: { id: 'x' } });
    expect(requests[0]).not.toHaveProperty('tenant');
    expect(Buffer.from(requests[0]?.bytes ?? []).toString()).toBe('{"ä":1}');
  });

  test('hands on no bytes of a request without a body', async () => {
    const { knock, requests } = openDoor();
    await knock({});
    expect(requests[0]?.bytes).toHaveLength(0);
  });

  test('refuses a body that is too large, as every route', async () => {
    const { knock, requests } = openDoor();
    await expect(knock({ body: 'x'.repeat(requestBodyBytesMax + 1) })).resolves.toMatchObject({
      statusCode: 413,
    });
    expect(requests).toEqual([]);
  });
});

test.each([
  [{}, 'http://localhost'],
  [{ 'x-forwarded-proto': 'https' }, 'https://localhost'],
  [{ 'x-forwarded-proto': 'HTTPS, http' }, 'https://localhost'],
  [{ 'x-forwarded-proto': 'ftp' }, 'http://localhost'],
])('a request with %j came to %s', async (headers, origin) => {
  const { knock, requests } = door();
  await knock({ headers });
  expect(requests[0]?.origin).toBe(origin);
});
