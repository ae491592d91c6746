import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createManualClock, type ManualClock } from '../../test/conformance/queue/manual-clock.ts';
import { type AwsEndpoint, openAwsEndpoint } from '../aws-endpoint.ts';
import { createAwsRequestHandler } from '../aws/handle-aws-request.ts';
import { type HttpFront, openHttpFront } from '../http-front.ts';
import type { InvocationResult, LocalFunction } from '../lambda/local-function.ts';
import type { WebSocketApiModel } from '../template/read-web-socket-api.ts';
import type { Connection } from './connection.ts';
import { createManageConnections } from './manage-connections.ts';
import { createWebSocketFront, type WebSocketFront } from './serve-web-socket.ts';

interface SocketEvent {
  readonly requestContext: {
    readonly routeKey: string;
    readonly eventType: string;
    readonly connectionId: string;
    readonly disconnectStatusCode?: number;
  };
  readonly body?: string;
}

const credentials = { accessKeyId: 'LOCALKEY', secretAccessKey: 'secret' };
const accept = { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'second' } };

let answer: (event: SocketEvent) => unknown;
let events: SocketEvent[];
let heard: Set<() => void>;
let clock: ManualClock;
let connections: Map<string, Connection>;
let front: HttpFront;
let endpoint: AwsEndpoint;
let live: WebSocketFront;
let management: ApiGatewayManagementApiClient;

const called: LocalFunction = {
  name: 'fake',
  arn: 'arn:fake',
  label: 'fake',
  timeoutSeconds: 10,
  invoke: async (payload): Promise<InvocationResult> => {
    const event = JSON.parse(JSON.stringify(payload)) as SocketEvent;
    events.push(event);
    for (const check of heard) check();
    try {
      return { ok: true, payload: await answer(event), requestId: 'r' };
    } catch (error) {
      return { ok: false, error: { errorType: 'Error', errorMessage: String(error) }, requestId: 'r' };
    }
  },
};

const route = (routeKey: string, functionArn: string | undefined = called.arn) => ({
  logicalId: routeKey,
  routeKey,
  functionArn,
});
const api: WebSocketApiModel = {
  logicalId: 'Live',
  apiId: 'Live',
  stageName: 'live',
  routeKeyPath: ['action'],
  routes: [
    route('$connect'),
    route('$disconnect'),
    { ...route('$default'), functionArn: undefined },
    route('say'),
  ],
};

/** Resolves with the first event of that type, whether it is still to come or not. */
const hear = (eventType: string): Promise<SocketEvent> =>
  new Promise((resolve) => {
    const check = (): void => {
      const found = events.find(({ requestContext }) => requestContext.eventType === eventType);
      if (found === undefined) return;
      heard.delete(check);
      resolve(found);
    };
    heard.add(check);
    check();
  });

beforeEach(async () => {
  answer = () => accept;
  events = [];
  heard = new Set();
  clock = createManualClock();
  connections = new Map();
  const now = (): Date => new Date(clock.now());
  const log = (): void => undefined;
  front = await openHttpFront({ host: '127.0.0.1', port: 0, now, log });
  live = createWebSocketFront({ api, functions: [called], connections, now, after: clock.after, log });
  front.serveUpgrades(live.upgrade);
  endpoint = await openAwsEndpoint({ port: 0 });
  const rest = createManageConnections(connections);
  const routes = { services: [], engines: new Map(), open: () => undefined, rest };
  endpoint.serve(createAwsRequestHandler({ credentials, log, routes }));
  management = new ApiGatewayManagementApiClient({
    endpoint: `${endpoint.url}/live`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
});
afterEach(async () => {
  await live.close();
  await front.close();
  management.destroy();
  await endpoint.close();
});

const url = (path = '/live'): string => `${front.url.replace('http', 'ws')}${path}`;

async function connect(path?: string, protocols = ['first', 'second']) {
  const socket = new WebSocket(url(path), protocols);
  await once(socket, 'open');
  const { requestContext } = await hear('CONNECT');
  return { socket, id: requestContext.connectionId };
}

const refused = (path?: string): Promise<{ status: number | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url(path), ['first', 'second']);
    socket.once('open', () => reject(new Error('was let in')));
    socket.once('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
  });

const nextMessage = async (socket: WebSocket): Promise<string> => String((await once(socket, 'message'))[0]);
const closeOf = async (socket: WebSocket): Promise<number> => Number((await once(socket, 'close'))[0]);
const post = (id: string, text: string) =>
  management.send(new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.from(text) }));

describe('$connect', () => {
  test('is asked with an event in the shape of API Gateway’s', async () => {
    await connect('/live?events=a&events=b&x=%20');
    const [event] = events;
    expect(event).toMatchObject({
      headers: { 'Sec-WebSocket-Protocol': 'first,second' },
      multiValueHeaders: { 'Sec-WebSocket-Protocol': ['first,second'] },
      queryStringParameters: { events: 'b', x: ' ' },
      multiValueQueryStringParameters: { events: ['a', 'b'], x: [' '] },
      isBase64Encoded: false,
      requestContext: {
        routeKey: '$connect',
        eventType: 'CONNECT',
        messageDirection: 'IN',
        stage: 'live',
        apiId: 'Live',
        connectionId: expect.stringMatching(/^[\w-]{15}=$/),
        connectedAt: clock.now(),
        requestTime: '22/Nov/2026:00:00:00 +0000',
        requestTimeEpoch: clock.now(),
        identity: { sourceIp: '127.0.0.1' },
      },
    });
  });

  test('chooses the subprotocol', async () => {
    const { socket } = await connect();
    expect(socket.protocol).toBe('second');
  });

  test.each([
    ['its own status and body', { statusCode: 403, body: '{"message":"no"}' }, 403, '{"message":"no"}'],
    ['its status alone', { statusCode: 401 }, 401, '{"message":"Unauthorized"}'],
    ['no answer', undefined, 502, '{"message":"Internal server error"}'],
  ])('refuses with %s', async (_what, payload, status, body) => {
    answer = () => payload;
    expect(await refused()).toEqual({ status, body });
    expect(connections.size).toBe(0);
  });

  test('that crashes is a 502', async () => {
    answer = () => {
      throw new Error('crash');
    };
    expect((await refused()).status).toBe(502);
  });

  test('is not asked for another path, nor for a request that is no WebSocket', async () => {
    expect((await refused('/lives')).status).toBe(404);
    const response = await fetch(`${front.url}/live`);
    expect(response.status).toBe(503);
    expect(events).toEqual([]);
  });

  test('is followed by $disconnect when the client left meanwhile', async () => {
    const { port } = front;
    answer = async ({ requestContext }) => {
      if (requestContext.eventType === 'CONNECT') {
        client.destroy();
        await once(client, 'close');
      }
      return { statusCode: 200 };
    };
    const client = createConnection({ port, host: '127.0.0.1' });
    client.write(
      'GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [connected, disconnected] = [await hear('CONNECT'), await hear('DISCONNECT')];
    expect(disconnected.requestContext.connectionId).toBe(connected.requestContext.connectionId);
  });

  test('a handshake that is not valid is refused, and forgotten', async () => {
    const client = createConnection({ port: front.port, host: '127.0.0.1' });
    client.write('GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [chunk] = (await once(client, 'data')) as [Buffer];
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 400 /);
    await hear('DISCONNECT');
  });
});

test('an offer of another protocol than WebSocket is answered in HTTP/1.1', async () => {
  const client = createConnection({ port: front.port, host: '127.0.0.1' });
  client.write('GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  const [chunk] = (await once(client, 'data')) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 503 /);
  client.destroy();
});

describe('$disconnect', () => {
  test('hears of a client who leaves, with the code', async () => {
    const { socket, id } = await connect();
    socket.close(4001, 'bye');
    const { requestContext } = await hear('DISCONNECT');
    expect(requestContext).toMatchObject({
      routeKey: '$disconnect',
      connectionId: id,
      disconnectStatusCode: 4001,
      disconnectReason: 'bye',
    });
    expect(connections.size).toBe(0);
  });

  test('hears of a client who vanishes', async () => {
    const { socket, id } = await connect();
    socket.terminate();
    expect((await hear('DISCONNECT')).requestContext).toMatchObject({
      connectionId: id,
      disconnectStatusCode: 1006,
    });
  });

  test('has heard of everybody when closing is done, who are told 1001', async () => {
    const { socket } = await connect();
    const closed = closeOf(socket);
    await live.close();
    expect(events.at(-1)?.requestContext).toMatchObject({ eventType: 'DISCONNECT' });
    expect(await closed).toBe(1001);
    expect((await refused()).status).toBe(503);
  });

  test('closing does not wait for a client who does not answer', async () => {
    const { socket } = await connect();
    socket.pause();
    await live.close();
    expect(connections.size).toBe(0);
    socket.terminate();
  });
});

describe('messages', () => {
  test('go to the route that they name, and to no function by $default', async () => {
    const { socket, id } = await connect();
    socket.send('anything');
    socket.send('{"action":"say","text":"hello"}');
    const { requestContext, body } = await hear('MESSAGE');
    expect(requestContext).toMatchObject({ routeKey: 'say', connectionId: id });
    expect(body).toBe('{"action":"say","text":"hello"}');
    expect(events.filter((event) => event.requestContext.eventType === 'MESSAGE')).toHaveLength(1);
  });

  test('over 128 KB close the connection', async () => {
    const { socket } = await connect();
    socket.send('x'.repeat(128 * 1024 + 1));
    expect(await closeOf(socket)).toBe(1009);
  });
});

describe('a connection ends', () => {
  test('after ten minutes without a message in either direction', async () => {
    const { socket, id } = await connect();
    clock.advance(599);
    const message = nextMessage(socket);
    await post(id, 'still there?');
    await message;
    clock.advance(599);
    expect(connections.size).toBe(1);
    const closed = closeOf(socket);
    clock.advance(1);
    expect(await closed).toBe(1001);
  });

  test('after two hours, however busy', async () => {
    const { socket, id } = await connect();
    for (let minutes = 5; minutes < 120; minutes += 5) {
      clock.advance(300);
      await post(id, 'busy');
    }
    expect(connections.size).toBe(1);
    const closed = closeOf(socket);
    clock.advance(300);
    expect(await closed).toBe(1001);
    await hear('DISCONNECT');
    expect(clock.timers()).toBe(0);
  });
});

describe('the management API', () => {
  test('posts text to a connection', async () => {
    const { socket, id } = await connect();
    const message = nextMessage(socket);
    await post(id, '{"event":"Frieren – 🎬"}');
    expect(await message).toBe('{"event":"Frieren – 🎬"}');
  });

  test('says that a connection is gone, in the words of the SDK', async () => {
    const { socket, id } = await connect();
    socket.close();
    await hear('DISCONNECT');
    await expect(post(id, 'hello?')).rejects.toBeInstanceOf(GoneException);
    await expect(post('never=', 'hello?')).rejects.toBeInstanceOf(GoneException);
  });

  test('takes messages of up to 128 KB', async () => {
    const { socket, id } = await connect();
    const message = nextMessage(socket);
    await post(id, 'x'.repeat(128 * 1024));
    expect(await message).toHaveLength(128 * 1024);
    await expect(post(id, 'x'.repeat(128 * 1024 + 1))).rejects.toBeInstanceOf(PayloadTooLargeException);
  });

  test('sends what is larger than 32 KB in several frames, and loses no character between them', async () => {
    const client = createConnection({ port: front.port, host: '127.0.0.1' });
    client.write(
      'GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(client, 'data');
    const { requestContext } = await hear('CONNECT');
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    const text = 'ä'.repeat(32 * 1024);
    await post(requestContext.connectionId, text);
    // Each frame has a head of four bytes here.
    while (Buffer.concat(chunks).length < 2 * (32 * 1024 + 4)) await once(client, 'data');
    const bytes = Buffer.concat(chunks);
    const second = 32 * 1024 + 4;
    // A text that goes on, and its end.
    expect([bytes[0], bytes[second]]).toEqual([0x01, 0x80]);
    expect([bytes.readUInt16BE(2), bytes.readUInt16BE(second + 2)]).toEqual([32 * 1024, 32 * 1024]);
    const whole = Buffer.concat([bytes.subarray(4, second), bytes.subarray(second + 4)]);
    expect(whole.toString('utf8')).toBe(text);
    client.destroy();
  });

  test('tells of a connection', async () => {
    const { id } = await connect();
    const connectedAt = new Date(clock.now());
    clock.advance(60);
    await post(id, 'now');
    const told = await management.send(new GetConnectionCommand({ ConnectionId: id }));
    expect(told).toMatchObject({
      ConnectedAt: connectedAt,
      LastActiveAt: new Date(clock.now()),
      Identity: { SourceIp: '127.0.0.1' },
    });
  });

  test('closes a connection', async () => {
    const { socket, id } = await connect();
    const closed = closeOf(socket);
    await management.send(new DeleteConnectionCommand({ ConnectionId: id }));
    expect(await closed).toBe(1000);
  });

  test('is closed to who does not hold the key', async () => {
    const { id } = await connect();
    const response = await fetch(`${endpoint.url}/live/@connections/${id}`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(403);
  });

  test('slows down who posts to a client that does not read', async () => {
    const { socket, id } = await connect();
    socket.pause();
    const text = 'x'.repeat(128 * 1024);
    const flood = async (): Promise<void> => {
      for (;;) await post(id, text);
    };
    await expect(flood()).rejects.toMatchObject({ name: 'LimitExceededException' });
    socket.terminate();
  });
});
