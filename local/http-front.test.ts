import { createConnection } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMatchRoute } from './http/match-route.ts';
import { createServeApi } from './http/serve-api.ts';
import { type HttpFront, openHttpFront } from './http-front.ts';
import type { InvocationResult, LocalFunction } from './lambda/local-function.ts';
import { StartError } from './start-error.ts';
import type { RouteModel } from './template/read-http-api.ts';

type Invoke = (payload: object) => unknown;

let answer: Invoke;
let authorize: Invoke;
let authorizations: unknown[] = [];
let lastEvent: Record<string, unknown> = {};
let now = Date.parse('2026-11-22T16:04:05Z');

function createFake(name: string, invoke: (payload: unknown) => unknown): LocalFunction {
  return {
    name,
    arn: `arn:${name}`,
    label: name,
    timeoutSeconds: 30,
    invoke: async (payload): Promise<InvocationResult> => {
      try {
        return { ok: true, payload: await invoke(payload), requestId: 'r' };
      } catch (error) {
        return { ok: false, error: { errorType: 'Error', errorMessage: String(error) }, requestId: 'r' };
      }
    },
  };
}

const authorizer = {
  logicalId: 'Keys',
  functionArn: 'arn:authorize',
  identitySources: ['$request.header.X-Api-Key'],
  resultTtlSeconds: 300,
};
const route = (routeKey: string, guard?: typeof authorizer): RouteModel => ({
  logicalId: routeKey,
  routeKey,
  functionArn: 'arn:answer',
  authorizer: guard,
});

let front: HttpFront;
beforeAll(async () => {
  const clock = (): Date => new Date(now);
  front = await openHttpFront({ host: '127.0.0.1', port: 0, now: clock, log: () => undefined });
  front.serve(
    createServeApi({
      api: {
        logicalId: 'Api',
        apiId: 'api',
        routes: [
          route('ANY /open'),
          route('GET /items/{id}'),
          route('ANY /files/{proxy+}'),
          route('GET /guarded', authorizer),
        ],
      },
      functions: [
        createFake('answer', (payload) => {
          lastEvent = Object(payload);
          return answer(lastEvent);
        }),
        createFake('authorize', (payload) => {
          authorizations.push(payload);
          return authorize(Object(payload));
        }),
      ],
      now: clock,
      integrationMsMax: 100,
    }),
  );
});
beforeEach(() => {
  answer = () => ({ statusCode: 204 });
  authorize = () => ({ isAuthorized: true, context: { tenant: 'default' } });
  authorizations = [];
  // Beyond what the test before has left in the authorizer's cache.
  now += 3_600_000;
});
afterAll(() => front.close());

const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${front.url}${path}`, init);

async function read(response: Promise<Response>): Promise<unknown> {
  const answered = await response;
  return [answered.status, await answered.json()];
}

describe('a request reaches its function as payload format 2.0', () => {
  test('with everything it holds', async () => {
    await call('/items/a%20b?x=1&x=2&y=%26', { headers: { 'X-Mixed': 'Case', cookie: 'a=1; b=2' } });
    expect(lastEvent).toMatchObject({
      version: '2.0',
      routeKey: 'GET /items/{id}',
      rawPath: '/items/a%20b',
      rawQueryString: 'x=1&x=2&y=%26',
      cookies: ['a=1', 'b=2'],
      headers: { 'x-mixed': 'Case' },
      queryStringParameters: { x: '1,2', y: '&' },
      pathParameters: { id: 'a b' },
      isBase64Encoded: false,
      requestContext: {
        apiId: 'api',
        requestId: expect.any(String),
        timeEpoch: now,
        time: expect.stringMatching(/^\d\d\/\w{3}\/2026:\d\d:04:05 \+0000$/),
        http: { method: 'GET', path: '/items/a%20b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
      },
    });
    expect(lastEvent).not.toHaveProperty('body');
  });

  test.each([
    ['application/json', '{"ü":1}', false],
    ['text/plain; charset=utf-8', 'text', false],
    ['application/octet-stream', 'bytes', true],
    ['text/plain', Buffer.from([0xff, 0xfe]), true],
  ])('a body of %s', async (type, body, isBase64Encoded) => {
    await call('/open', { method: 'POST', body, headers: { 'content-type': type } });
    const received = Buffer.from(String(lastEvent['body']), isBase64Encoded ? 'base64' : 'utf8');
    expect([received, lastEvent['isBase64Encoded']]).toEqual([Buffer.from(body), isBase64Encoded]);
  });
});

describe("a function's answer becomes the response", () => {
  test('with status, headers, cookies and body', async () => {
    answer = () => ({ statusCode: 201, headers: { 'X-One': 1 }, cookies: ['a=1', 'b=2'], body: 'made' });
    const response = await call('/open');
    expect([response.status, await response.text()]).toEqual([201, 'made']);
    expect([response.headers.get('x-one'), response.headers.getSetCookie()]).toEqual(['1', ['a=1', 'b=2']]);
  });

  test('bytes come as base64', async () => {
    answer = () => ({
      statusCode: 200,
      body: Buffer.from([0, 255]).toString('base64'),
      isBase64Encoded: true,
    });
    expect(Buffer.from(await (await call('/open')).arrayBuffer())).toEqual(Buffer.from([0, 255]));
  });

  test('a plain value is a 200 with JSON', async () => {
    answer = () => ({ hello: 'world' });
    const response = await call('/open');
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      200,
      'application/json',
      { hello: 'world' },
    ]);
  });

  test.each([
    ['a crash', () => Promise.reject(new Error('boom'))],
    ['a status that is none', () => ({ statusCode: 'x' })],
    ['a body that is no text', () => ({ statusCode: 200, body: { a: 1 } })],
    ['more than 6 MB', () => ({ statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024 + 1) })],
  ] satisfies [string, Invoke][])('%s is a 500', async (_, invoke) => {
    answer = invoke;
    expect(await read(call('/open'))).toEqual([500, { message: 'Internal Server Error' }]);
  });

  test('one that does not come in time is a 503', async () => {
    answer = () => new Promise(() => undefined);
    expect(await read(call('/open'))).toEqual([503, { message: 'Service Unavailable' }]);
  });
});

describe('the authorizer', () => {
  const guarded = (key?: string): Promise<Response> =>
    call('/guarded', key === undefined ? {} : { headers: { 'x-api-key': key } });

  test('is not asked without the identity source', async () => {
    expect(await read(guarded())).toEqual([401, { message: 'Unauthorized' }]);
    expect(authorizations).toEqual([]);
  });

  test('hands its context on, and is asked once per identity until its answer is too old', async () => {
    await guarded('k1');
    await guarded('k1');
    await guarded('k2');
    expect(authorizations).toHaveLength(2);
    expect(authorizations[0]).toMatchObject({
      type: 'REQUEST',
      identitySource: ['k1'],
      routeKey: 'GET /guarded',
    });
    expect(lastEvent['requestContext']).toMatchObject({ authorizer: { lambda: { tenant: 'default' } } });
    now += 300_001;
    await guarded('k1');
    expect(authorizations).toHaveLength(3);
  });

  test('refuses with 403', async () => {
    authorize = () => ({ isAuthorized: false });
    expect(await read(guarded('k3'))).toEqual([403, { message: 'Forbidden' }]);
  });

  test.each([
    ['fails', () => Promise.reject(new Error('boom'))],
    ['answers nonsense', () => ({ isAuthorized: 'yes' })],
  ] satisfies [string, Invoke][])('that %s is a 500, and is asked again', async (_, invoke) => {
    authorize = invoke;
    expect(await read(guarded('k4'))).toEqual([500, { message: 'Internal Server Error' }]);
    authorize = () => ({ isAuthorized: true });
    expect((await guarded('k4')).status).toBe(204);
  });
});

describe('the front itself', () => {
  test('answers 404 where no route is', async () => {
    for (const path of ['/', '/nothing', '/items', '/items/', '/items/1/2', '/files', '/open/']) {
      expect(await read(call(path))).toEqual([404, { message: 'Not Found' }]);
    }
    expect(await read(call('/items/1', { method: 'DELETE' }))).toEqual([404, { message: 'Not Found' }]);
  });

  test.each([10 * 1024 * 1024 + 1, 6 * 1024 * 1024 + 1])(
    'answers 413 for a body of %i bytes',
    async (bytes) => {
      expect(await read(call('/open', { method: 'POST', body: 'x'.repeat(bytes) }))).toEqual([
        413,
        { message: 'Request Entity Too Large' },
      ]);
    },
  );

  test('survives a client that leaves halfway', async () => {
    const socket = createConnection(front.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /open HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
    socket.destroy();
    expect((await call('/open')).status).toBe(204);
  });

  test('a port in use is a StartError that names it', async () => {
    const second = openHttpFront({
      host: '127.0.0.1',
      port: front.port,
      now: () => new Date(),
      log: () => undefined,
    });
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(String(front.port));
  });
});

test.each([
  ['GET', '/a/b', 'GET /a/b'],
  ['POST', '/a/b', 'ANY /a/{x}'],
  ['GET', '/a/c', 'GET /a/{x}'],
  ['GET', '/a/c/d', 'GET /a/{rest+}'],
  ['GET', '/z', '$default'],
  ['GET', '/', '$default'],
])('%s %s takes the most specific route %s', (method, path, expected) => {
  const keys = ['$default', 'GET /a/{rest+}', 'ANY /a/{x}', 'GET /a/{x}', 'GET /a/b'];
  expect(createMatchRoute(keys.map((key) => route(key)))(method, path)?.route.routeKey).toBe(expected);
});
