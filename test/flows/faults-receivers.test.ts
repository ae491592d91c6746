import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import { isFinal } from '../../shared/delivery.ts';
import { outputBytesMax } from '../../shared/limits.ts';
import { eventAnswerSchema } from '../../shared/ledger-answers.ts';
import { drip, flood, startHostileReceiver } from '../support/hostile-receiver.ts';
import type { HostileReceiver, Mischief } from '../support/hostile-receiver.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
const hostile: HostileReceiver[] = [];
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(async () => {
  for (const receiver of hostile) await receiver.close();
  await running.stop();
});

async function startHostile(mischief: Mischief, atOnce = false): Promise<string> {
  const receiver = await startHostileReceiver(mischief, atOnce);
  hostile.push(receiver);
  return receiver.url;
}

async function createWebhook(event_name: EventName, url: string, fields: Record<string, unknown> = {}) {
  const { status, body } = await running.api.post('/api/v1/webhooks', {
    name: url,
    event_name,
    url,
    retry_count: 0,
    timeout_seconds: 1,
    ...fields,
  });
  expect(status).toBe(201);
  return String(body.id);
}

async function publish(event_name: EventName, extra: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await running.api.post('/api/v1/events', {
    event_name,
    data: { ...catalog[event_name].sample, ...extra },
  });
  expect(status).toBe(202);
  return body.id;
}

/** The deliveries of an event once there are `count` and all are final. */
const waitForEnds = (eventId: string, count: number) =>
  vi.waitFor(
    async () => {
      const { status, body } = await running.api.get(`/api/v1/events/${eventId}?limit=100`);
      expect(status).toBe(200);
      const { deliveries } = eventAnswerSchema.parse(body);
      expect(deliveries.filter(({ state }) => isFinal(state))).toHaveLength(count);
      return deliveries;
    },
    { timeout: 20_000, interval: 100 },
  );

const answer =
  (text: string): Mischief =>
  (socket) =>
    socket.end(text);
const endlessly = (chunk: string): (() => Buffer) => {
  const bytes = Buffer.from(chunk.repeat(Math.ceil(65_536 / chunk.length)));
  return () => bytes;
};
const gigabyte = 2 ** 30;

interface End {
  readonly state: string;
  readonly status: number | null;
  readonly error_class: string | null;
}
const failed = (error_class: string): End => ({ state: 'exhausted', status: null, error_class });
const answered = (state: string, status: number): End => ({ state, status, error_class: null });
const arrived = answered('delivered', 200);

const mischiefs: readonly (readonly [what: string, Mischief, End])[] = [
  ['hangs', () => undefined, failed('timeout')],
  ['resets the connection', (socket) => socket.resetAndDestroy(), failed('connection_reset')],
  ['closes without an answer', (socket) => socket.end(), failed('connection_reset')],
  [
    'resets in the middle of its head',
    (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-', () => socket.resetAndDestroy()),
    failed('connection_reset'),
  ],
  [
    'drips its head a byte a second',
    (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n\r\n', 1000),
    failed('timeout'),
  ],
  [
    'hints for ever and never answers',
    (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000), 2),
    failed('timeout'),
  ],
  [
    'drips its body a byte a second',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      drip(socket, 'x'.repeat(1000), 1000);
    },
    arrived,
  ],
  ['answers garbage', answer('\0\x01\x02 no HTTP at all\r\n\r\n'), failed('invalid_response')],
  ['speaks another protocol', answer('SSH-2.0-OpenSSH_9.9\r\n'), failed('invalid_response')],
  ['answers a status that is none', answer('HTTP/1.1 2x0 OK\r\n\r\n'), failed('invalid_response')],
  [
    'tells two lengths of its body',
    answer('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'),
    failed('invalid_response'),
  ],
  [
    'sends headers without end',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      flood(socket, endlessly('x-more: and more\r\n'), gigabyte);
    },
    failed('invalid_response'),
  ],
  [
    'sends one header without end',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-more: ');
      flood(socket, endlessly('x'), gigabyte);
    },
    failed('invalid_response'),
  ],
  [
    'sends chunks that are none',
    answer('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
    arrived,
  ],
  ['breaks its body off', answer('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort'), arrived],
  ['answers in HTTP/1.0', answer('HTTP/1.0 200 OK\r\n\r\ntaken'), arrived],
  ['fails in HTTP/1.0', answer('HTTP/1.0 500 Oh no\r\n\r\n'), answered('exhausted', 500)],
  [
    'answers 102 and 103 first',
    answer(
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    ),
    arrived,
  ],
  [
    'answers 100 Continue unasked',
    answer('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    arrived,
  ],
  [
    'answers twice',
    answer('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'),
    arrived,
  ],
  [
    'redirects to the metadata address',
    answer(
      'HTTP/1.1 307 No\r\nlocation: http://169.254.169.254/latest/meta-data/\r\ncontent-length: 0\r\n\r\n',
    ),
    answered('refused', 307),
  ],
  [
    'wants this message no more',
    answer('HTTP/1.1 503 No\r\nwebhook-delivery: abort-message\r\ncontent-length: 0\r\n\r\n'),
    answered('refused', 503),
  ],
];

describe('the ledger tells what became of an event at a receiver that', () => {
  const ends = new Map<string, End>();
  beforeAll(async () => {
    const byId = new Map<string, string>();
    for (const [what, mischief] of mischiefs) {
      byId.set(await createWebhook('upgrade_complete', await startHostile(mischief)), what);
    }
    const deliveries = await waitForEnds(await publish('upgrade_complete'), mischiefs.length);
    for (const { webhook_id, state, status, error_class } of deliveries) {
      ends.set(byId.get(webhook_id ?? '') ?? '', { state, status, error_class });
    }
  });

  test.each(mischiefs)('%s', (what, _mischief, end) => {
    expect(ends.get(what)).toEqual(end);
  });
});

describe('a body of a gigabyte', () => {
  const chunk = Buffer.alloc(65_536, 'x');
  const head = 'HTTP/1.1 200 OK\r\n';
  const chunkHead = Buffer.from(`${chunk.length.toString(16)}\r\n`);
  const framed = Buffer.concat([chunkHead, chunk, Buffer.from('\r\n')]);
  const forms: readonly (readonly [string, string, Buffer])[] = [
    ['of a told length', `content-length: ${gigabyte}\r\n\r\n`, chunk],
    ['in chunks', 'transfer-encoding: chunked\r\n\r\n', framed],
    ['up to the end of the connection', 'connection: close\r\n\r\n', chunk],
  ];

  test('is cut after its first kilobytes, however it comes, and stays out of memory', async () => {
    const floods: { sent: () => number }[] = [];
    for (const [, headers, body] of forms) {
      for (let copy = 0; copy < 5; copy++) {
        const url = await startHostile((socket) => {
          socket.write(head + headers);
          floods.push(flood(socket, () => body, gigabyte));
        });
        await createWebhook('provider_failed', url, { timeout_seconds: 10 });
      }
    }
    const before = process.memoryUsage().rss;
    const eventId = await publish('provider_failed');
    const deliveries = await waitForEnds(eventId, forms.length * 5);
    const grownBy = process.memoryUsage().rss - before;

    expect(new Set(deliveries.map(({ state }) => state))).toEqual(new Set(['delivered']));
    for (const { attempts } of deliveries) {
      expect(Buffer.byteLength(attempts[0]?.response_body ?? '')).toBeLessThanOrEqual(outputBytesMax);
    }
    expect(floods).toHaveLength(forms.length * 5);
    // What stands in the buffers of sockets has left the receiver too.
    for (const { sent } of floods) expect(sent()).toBeLessThan(64 * 2 ** 20);
    expect(grownBy).toBeLessThan(100 * 2 ** 20);
  });
});

describe('a receiver that answers before it has read the event', () => {
  const large = { padding: 'x'.repeat(200 * 1024) };

  test.each<[string, Mischief, End]>([
    ['takes it', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), arrived],
    [
      'finds it too large and closes',
      (socket) => socket.end('HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
      answered('refused', 413),
    ],
  ])('and %s is believed', async (_what, mischief, end) => {
    const id = await createWebhook(
      'translation_failed',
      await startHostile((socket) => {
        socket.pause();
        mischief(socket);
      }),
    );
    const [delivery] = await waitForEnds(await publish('translation_failed', large), 1);
    expect(delivery).toMatchObject(end);
    await running.api.delete(`/api/v1/webhooks/${id}`);
  });
});

test('a receiver that closes its connections between two events gets both', async () => {
  const url = await startHostile((socket) => {
    socket.on('data', () => undefined);
    // It says that it stays, and goes.
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n', () =>
      setImmediate(() => socket.resetAndDestroy()),
    );
  });
  await createWebhook('whisper_failed', url, { retry_schedule: [0, 0, 0] });
  for (let round = 1; round <= 10; round++) {
    const [delivery] = await waitForEnds(await publish('whisper_failed'), 1);
    expect(delivery?.state).toBe('delivered');
  }
});

describe('a receiver that refuses many events at once', () => {
  const events = 24;
  const publishMany = async (event_name: EventName) => {
    const many = Array.from({ length: events }, () => ({ event_name, data: catalog[event_name].sample }));
    const { status } = await running.api.post('/api/v1/events', many);
    expect(status).toBe(202);
  };
  const readWebhook = async (id: string) => (await running.api.get(`/api/v1/webhooks/${id}`)).body;

  test('and takes what comes then is not left alone, and gets each by its retry', async () => {
    const atRetry = Promise.withResolvers<void>();
    running.receiver.answer('/blip', (_, response, count) => {
      if (count <= events) return void response.writeHead(503).end();
      atRetry.resolve();
      response.writeHead(200).end();
    });
    const id = await createWebhook('batch_complete', running.receiver.url('/blip'), { retry_count: 3 });
    await publishMany('batch_complete');
    await atRetry.promise;
    await expect(readWebhook(id)).resolves.toMatchObject({ enabled: true, circuit: null });
    await running.receiver.waitFor('/blip', 2 * events);
    await vi.waitFor(
      async () =>
        expect(await readWebhook(id)).toMatchObject({
          circuit: null,
          trigger_count: events,
          last_error: null,
        }),
      { timeout: 20_000, interval: 100 },
    );
  });

  test('and goes on so is left alone, and its webhook says why and until when', async () => {
    running.receiver.answer('/dead', (_, response) => response.writeHead(503).end());
    const id = await createWebhook('whisper_complete', running.receiver.url('/dead'), {
      retry_schedule: Array.from({ length: 20 }, () => 1),
    });
    await publishMany('whisper_complete');
    await vi.waitFor(
      async () =>
        expect(await readWebhook(id)).toMatchObject({
          enabled: true,
          circuit: { reason: 'failing', until: expect.any(String) },
        }),
      { timeout: 30_000, interval: 100 },
    );
  });
});

test('a name that does not resolve is told as that', async () => {
  await createWebhook('wanted_scan_complete', 'http://nobody.invalid/');
  const [delivery] = await waitForEnds(await publish('wanted_scan_complete'), 1);
  expect(delivery).toMatchObject(failed('dns_error'));
});

test('the metadata address itself is refused as a webhook’s', async () => {
  const { status } = await running.api.post('/api/v1/webhooks', {
    name: 'metadata',
    event_name: 'config_updated',
    url: 'http://169.254.169.254/latest/meta-data/',
  });
  expect(status).toBe(422);
});

test('while many receivers are hostile one that is not gets its event as if there were none', async () => {
  for (const [, mischief] of mischiefs) {
    await createWebhook('webhook_received', await startHostile(mischief), { timeout_seconds: 30 });
  }
  await createWebhook('webhook_received', running.receiver.url('/calm'));
  await publish('webhook_received');
  const startedAt = performance.now();
  await running.receiver.waitFor('/calm', 1);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});
