import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createRequire } from 'node:module';
import { createServer as createTcpServer, isIP } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { aSigning } from '../../test/builders/a-signing.ts';
import { listen, readAll, startReceiver } from '../../test/builders/start-receiver.ts';
import type { Receive } from '../../test/builders/start-receiver.ts';
import { outputBytesMax } from '../limits.ts';
import { generateSecret } from '../signature.ts';
import { createAddressGuard } from './address-guard.ts';
import { createGuardedAgent } from './connect-guarded.ts';
import type { ResolveAll } from './connect-guarded.ts';
import { classifyError, createPostSigned } from './post-signed.ts';
import type { SignedPost } from './post-signed.ts';

const secret = generateSecret();
const signing = aSigning(secret);
const body = JSON.stringify({ event_name: 'config_updated', version: 1, timestamp: 'now', data: { ä: '…' } });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function sender(allowed = '127.0.0.0/8', resolve?: ResolveAll) {
  const agent = createGuardedAgent(createAddressGuard(allowed, []), resolve);
  closing.push(() => agent.destroy());
  const post = createPostSigned(agent, Date.now);
  return (url: string, overrides: Partial<SignedPost> = {}) =>
    post({ url, signing, id: 'evt_1', eventName: 'config_updated', body, timeoutSeconds: 10, ...overrides });
}

async function receive(listener: Receive) {
  const receiver = await startReceiver(listener);
  closing.push(receiver.close);
  return receiver;
}

async function receiveRaw(answer: string | Buffer | undefined) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (answer === undefined) socket.resetAndDestroy();
      else socket.end(answer);
    });
  });
  const { port, close } = await listen(server);
  closing.push(close);
  return `http://127.0.0.1:${port}/`;
}

describe('the request', () => {
  test('carries the exact body, the original headers, and a signature that a receiver can verify', async () => {
    let seen: { method?: string | undefined; headers: Record<string, string>; body: string } | undefined;
    const { url } = await receive(async (request, response) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
      seen = { method: request.method, headers, body: await readAll(request) };
      response.end();
    });
    await sender()(url);
    expect(seen).toMatchObject({
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-sublarr-event': 'config_updated',
        'webhook-id': 'evt_1',
      },
    });
    expect(new Webhook(secret).verify(seen?.body ?? '', seen?.headers ?? {})).toEqual(JSON.parse(body));
  });

  test('carries the headers of the webhook byte for byte', async () => {
    let raw: string[] = [];
    const { url } = await receive((request, response) => {
      raw = request.rawHeaders;
      response.end();
    });
    const headers = { Authorization: 'Bearer x', 'X-Size': 'größer ÿ' };
    await sender()(url, { signing: aSigning(secret, { headers }) });
    const of = (name: string) => raw.filter((_, index) => raw[index - 1]?.toLowerCase() === name);
    expect(of('authorization')).toEqual(['Bearer x']);
    expect(of('x-size')).toEqual(['größer ÿ']);
    expect(of('webhook-id')).toEqual(['evt_1']);
    expect(of('host')).toEqual([new URL(url).host]);
  });
});

describe('an answer', () => {
  const answers: readonly (readonly [number, Record<string, string>, string])[] = [
    [200, {}, 'taken'],
    [204, {}, ''],
    [404, {}, 'no such hook'],
    [410, {}, ''],
    [500, {}, 'down'],
  ];
  test.each(answers)('of %i is told with its body', async (status, headers, text) => {
    const { url } = await receive((_request, response) => response.writeHead(status, headers).end(text));
    await expect(sender()(url)).resolves.toMatchObject({ kind: 'answered', status, body: text });
  });

  test.each([301, 302, 303, 307, 308])('of %i is not followed', async (status) => {
    const asked: string[] = [];
    const { url } = await receive((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    await expect(sender()(url)).resolves.toMatchObject({ kind: 'answered', status });
    expect(asked).toEqual(['/hook']);
  });

  test.each(['120', 'Sun, 22 Nov 2026 12:00:00 GMT', 'soon'])(
    'hands on Retry-After as it came: %s',
    async (value) => {
      const { url } = await receive((_request, response) =>
        response.writeHead(429, { 'retry-after': value }).end(),
      );
      await expect(sender()(url)).resolves.toMatchObject({ status: 429, retryAfter: value });
    },
  );

  test('without Retry-After tells none', async () => {
    const { url } = await receive((_request, response) => response.writeHead(503).end());
    await expect(sender()(url)).resolves.toMatchObject({ status: 503, retryAfter: undefined });
  });

  test.each(['disable', 'abort-message'])(
    'hands on what it asks for by webhook-delivery: %s',
    async (value) => {
      const { url } = await receive((_request, response) =>
        response.writeHead(503, { 'Webhook-Delivery': value }).end(),
      );
      await expect(sender()(url)).resolves.toMatchObject({ status: 503, instruction: value });
    },
  );

  test('that drips on after its head keeps its status and the text so far', async () => {
    const { url } = await receive((_request, response) => {
      response.writeHead(200);
      response.write('so far');
    });
    await expect(sender()(url, { timeoutSeconds: 0.3 })).resolves.toMatchObject({
      kind: 'answered',
      status: 200,
      body: 'so far',
    });
  });

  test('whose body breaks off keeps its status and the text so far', async () => {
    const { url } = await receive((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('so far', () => response.destroy());
    });
    await expect(sender()(url)).resolves.toMatchObject({ status: 200, body: 'so far' });
  });

  test('of 100 MB is cut, its connection closed, and neither stays in memory', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const chunksMax = (100 * 1024 * 1024) / chunk.length;
    let sent = 0;
    const cut = Promise.withResolvers<void>();
    const { url } = await receive((_request, response) => {
      response.on('close', () => cut.resolve());
      Readable.from(
        (function* () {
          for (; sent < chunksMax; sent++) yield chunk;
        })(),
      ).pipe(response);
    });
    const before = process.memoryUsage().arrayBuffers;
    const result = await sender()(url);
    await cut.promise;
    expect(result).toMatchObject({ kind: 'answered', status: 200, body: 'x'.repeat(outputBytesMax) });
    expect(sent).toBeLessThan(chunksMax);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  test('is cut at a character border', async () => {
    const { url } = await receive((_request, response) => response.end(`a${'€'.repeat(5000)}`));
    const result = await sender()(url);
    expect(result).toMatchObject({ body: `a${'€'.repeat(Math.floor((outputBytesMax - 1) / 3))}` });
  });

  test('that is compressed is not decompressed: a bomb stays small', async () => {
    const { url } = await receive((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_000_000))),
    );
    const result = await sender()(url);
    expect(result).toMatchObject({ kind: 'answered', status: 200 });
    expect(result).toHaveProperty('body', expect.not.stringContaining('xxxx'));
  });
});

describe('connections', () => {
  test('are kept alive: the second post uses the first one’s', async () => {
    let connections = 0;
    const receiver = await receive((request, response) => {
      request.resume().on('end', () => response.end('ok'));
    });
    receiver.server.on('connection', () => connections++);
    const post = sender();
    await post(receiver.url);
    // The client takes a connection back one turn after its body ended.
    await setImmediate();
    await expect(post(receiver.url)).resolves.toMatchObject({ status: 200 });
    expect(connections).toBe(1);
  });

  test('are given up after a body that was cut', async () => {
    let connections = 0;
    const receiver = await receive((_request, response) => response.end('x'.repeat(500_000)));
    receiver.server.on('connection', () => connections++);
    const post = sender();
    await post(receiver.url);
    await expect(post(receiver.url)).resolves.toMatchObject({ status: 200 });
    expect(connections).toBe(2);
  });

  test('to different receivers run side by side: one that hangs holds up no other', async () => {
    const slow = await receive(() => undefined);
    const fast = await receive((_request, response) => response.end('ok'));
    const post = sender();
    const hanging = post(slow.url, { timeoutSeconds: 0.5 });
    await expect(post(fast.url)).resolves.toMatchObject({ status: 200 });
    await expect(hanging).resolves.toMatchObject({ errorClass: 'timeout' });
  });

  test('to one receiver run side by side', async () => {
    const all = Promise.withResolvers<void>();
    let open = 0;
    const { url } = await receive(async (_request, response) => {
      open++;
      if (open === 5) all.resolve();
      await all.promise;
      response.end('ok');
    });
    const post = sender();
    const results = await Promise.all(Array.from({ length: 5 }, () => post(url)));
    expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'answered'));
  });
});

describe('an attempt without an answer', () => {
  test('from a receiver that hangs is a timeout after the webhook’s time', async () => {
    const { url } = await receive(() => undefined);
    const result = await sender()(url, { timeoutSeconds: 0.2 });
    expect(result).toMatchObject({
      kind: 'failed',
      errorClass: 'timeout',
      message: 'no answer within 0.2 s',
    });
    expect(result.durationMs).toBeGreaterThanOrEqual(190);
  });

  test('at a closed port is connection_refused', async () => {
    const { port, close } = await listen(createTcpServer());
    await close();
    await expect(sender()(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({
      kind: 'failed',
      errorClass: 'connection_refused',
    });
  });

  test('because the receiver reset the connection is connection_reset', async () => {
    await expect(sender()(await receiveRaw(undefined))).resolves.toMatchObject({
      errorClass: 'connection_reset',
    });
  });

  test('because the receiver closed the connection is connection_reset', async () => {
    await expect(sender()(await receiveRaw(''))).resolves.toMatchObject({ errorClass: 'connection_reset' });
  });

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['binary', Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x0a])],
    ['a broken status', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ])('but %s is invalid_response', async (_what, answer) => {
    await expect(sender()(await receiveRaw(answer))).resolves.toMatchObject({
      kind: 'failed',
      errorClass: 'invalid_response',
    });
  });

  test('from a self-signed receiver is tls_error', async () => {
    const folder = createRequire(import.meta.url)
      .resolve('dynalite/package.json')
      .replace('package.json', 'ssl/');
    const server = createTlsServer(
      { key: readFileSync(`${folder}server-key.pem`), cert: readFileSync(`${folder}server-crt.pem`) },
      (_request, response) => response.end('secret'),
    );
    const { port, close } = await listen(server);
    closing.push(close);
    await expect(sender()(`https://127.0.0.1:${port}/`)).resolves.toMatchObject({
      kind: 'failed',
      errorClass: 'tls_error',
    });
  });

  test('over TLS from a receiver that speaks none is tls_error', async () => {
    const { port } = await receive((_request, response) => response.end());
    await expect(sender()(`https://127.0.0.1:${port}/`)).resolves.toMatchObject({ errorClass: 'tls_error' });
  });

  test('at an address that is not allowed is blocked_address, literal or resolved', async () => {
    const { port } = await receive((_request, response) => response.end());
    const resolve: ResolveAll = (_name, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const blocked = {
      kind: 'failed',
      errorClass: 'blocked_address',
      message: '127.0.0.1 is a loopback address',
    };
    await expect(sender('')(`http://127.0.0.1:${port}/`)).resolves.toMatchObject(blocked);
    await expect(sender('', resolve)(`http://inside.example:${port}/`)).resolves.toMatchObject(blocked);
  });

  test('at a name that leads to a blocked address the second time is blocked_address, and reaches nobody', async () => {
    for (const second of ['10.0.0.1', '169.254.169.254', '::1']) {
      const turns = ['127.0.0.1', second];
      const post = sender('127.0.0.0/8', (_hostname, callback) => {
        const address = turns.shift() ?? second;
        callback(null, [{ address, family: isIP(address) }]);
      });
      let asked = 0;
      const { port } = await receive((_request, response) => {
        asked++;
        // Else the second post would go over the connection of the first.
        response.writeHead(200, { connection: 'close' }).end();
      });
      await expect(post(`http://rebound.example:${port}/`)).resolves.toMatchObject({ status: 200 });
      await expect(post(`http://rebound.example:${port}/`)).resolves.toMatchObject({
        errorClass: 'blocked_address',
      });
      expect(asked).toBe(1);
    }
  });

  test('at a name that does not resolve is dns_error', async () => {
    const resolve: ResolveAll = (_name, callback) =>
      callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), []);
    await expect(sender('', resolve)('http://gone.example/')).resolves.toMatchObject({
      errorClass: 'dns_error',
    });
  });

  test('because the name server hangs is a timeout after the webhook’s time, not the connection’s', async () => {
    let answer = (): void => undefined;
    const resolve: ResolveAll = (_name, callback) => {
      answer = () => callback(new Error('too late'), []);
    };
    const result = await sender('', resolve)('http://slow.example/', { timeoutSeconds: 0.2 });
    answer();
    expect(result).toMatchObject({ errorClass: 'timeout' });
    expect(result.durationMs).toBeLessThan(5000);
  });

  test('leaves the next post to the same receiver unharmed', async () => {
    let first = true;
    const { url } = await receive((request, response) => {
      if (first) request.socket.destroy();
      else response.end('ok');
      first = false;
    });
    const post = sender();
    await expect(post(url)).resolves.toMatchObject({ errorClass: 'connection_reset' });
    await expect(post(url)).resolves.toMatchObject({ status: 200 });
  });
});

describe('classifyError', () => {
  const withCode = (code: string) => Object.assign(new Error('x'), { code });
  test.each([
    [withCode('ENOTFOUND'), 'dns_error'],
    [withCode('EAI_AGAIN'), 'dns_error'],
    [withCode('ECONNREFUSED'), 'connection_refused'],
    [withCode('EPIPE'), 'connection_reset'],
    [withCode('UND_ERR_CONNECT_TIMEOUT'), 'timeout'],
    [withCode('CERT_HAS_EXPIRED'), 'tls_error'],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls_error'],
    [withCode('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'tls_error'],
    [withCode('HPE_INVALID_CONSTANT'), 'invalid_response'],
    [withCode('EHOSTUNREACH'), 'connection_error'],
    [new Error('fetch failed', { cause: withCode('ECONNRESET') }), 'connection_reset'],
    [Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }), 'connection_refused'],
    [new Error('timeout'), 'connection_error'],
    ['timeout', 'connection_error'],
    [undefined, 'connection_error'],
  ])('%s is %s', (error, errorClass) => {
    expect(classifyError(error)).toBe(errorClass);
  });
});
