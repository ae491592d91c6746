import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import {
  deliveriesAnswerSchema,
  eventAnswerSchema,
  eventsAnswerSchema,
  shownDeliverySchema,
  undeliveredAnswerSchema,
} from '../../shared/ledger-answers.ts';
import { answerStatus } from '../support/receiver.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'sublarr-events-ledger-'));
/** The script that is seen running ends once this file is there. */
const mayEnd = join(folder, 'may-end');

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack((stack) => {
    // The sender may reach less than what webhooks may be created for: as if the parameter had been changed since.
    for (const construct of stack.node.findAll()) {
      if (construct instanceof LambdaFunction && construct.node.id === 'send-webhook') {
        construct.addEnvironment('EGRESS_ALLOWED_RANGES', '127.0.0.1/32');
      }
    }
  });
});
afterAll(async () => {
  writeFileSync(mayEnd, '');
  await running.stop();
  rmSync(folder, { recursive: true });
});

let nextPath = 0;

async function createWebhook(event_name: EventName, fields: Record<string, unknown> = {}) {
  const path = `/ledger-${nextPath++}`;
  const { status, body } = await running.api.post('/api/v1/webhooks', {
    name: path,
    event_name,
    url: running.receiver.url(path),
    retry_count: 0,
    ...fields,
  });
  expect(status).toBe(201);
  return { path, id: String(body.id) };
}

async function createHook(event_name: EventName, name: string, script: string) {
  expect((await running.api.put(`/api/v1/scripts/${name}`, script)).status).toBe(201);
  const { status, body } = await running.api.post('/api/v1/hooks', { name, script: name, event_name });
  expect(status).toBe(201);
  return String(body.id);
}

async function publish(event_name: EventName): Promise<string> {
  const { status, body } = await running.api.post('/api/v1/events', {
    event_name,
    data: catalog[event_name].sample,
  });
  expect(status).toBe(202);
  return body.id;
}

const readEvent = async (id: string) => {
  const { status, body } = await running.api.get(`/api/v1/events/${id}`);
  expect(status).toBe(200);
  return eventAnswerSchema.parse(body);
};
const listEvents = async (query: string) =>
  eventsAnswerSchema.parse((await running.api.get(`/api/v1/events?${query}`)).body);
const listDeliveries = async (query: string) =>
  deliveriesAnswerSchema.parse((await running.api.get(`/api/v1/deliveries?${query}`)).body);

/** Waits until a delivery of the event is in the state, and answers all that became of the event. */
const waitForState = (eventId: string, state: string) =>
  vi.waitFor(
    async () => {
      const { status, body } = await running.api.get(`/api/v1/events/${eventId}`);
      expect(status).toBe(200);
      const event = eventAnswerSchema.parse(body);
      expect(event.deliveries.map((delivery) => delivery.state)).toContain(state);
      return event;
    },
    { timeout: 15_000, interval: 50 },
  );

describe('every state is found by it, among events and among deliveries', () => {
  const failing = async (event_name: EventName, status: number, fields: Record<string, unknown> = {}) => {
    const webhook = await createWebhook(event_name, fields);
    running.receiver.answer(webhook.path, answerStatus(status));
    return webhook;
  };
  const disabled = { enabled: false };
  const keepsOut = { filter: { data: { never: [{ exists: true }] } } };

  test.each<[string, EventName, (name: EventName) => Promise<unknown>, object]>([
    ['delivered', 'subtitle_downloaded', (name) => createWebhook(name), { status: 200, attempt_count: 1 }],
    [
      'retrying',
      'upgrade_complete',
      (name) => failing(name, 503, { retry_schedule: [3600] }),
      { status: 503, retrying_until: expect.stringMatching(/Z$/), success: null },
    ],
    ['exhausted', 'batch_complete', (name) => failing(name, 500), { status: 500, error: 'HTTP 500' }],
    ['refused', 'provider_failed', (name) => failing(name, 404), { status: 404, error: 'HTTP 404' }],
    ['parked', 'translation_failed', (name) => createWebhook(name, disabled), { attempt_count: 0 }],
    ['filtered', 'whisper_failed', (name) => createWebhook(name, keepsOut), { attempt_count: 0 }],
    [
      'running',
      'webhook_received',
      (name) => createHook(name, 'long.sh', `#!/bin/sh\nuntil [ -e '${mayEnd}' ]; do sleep 0.1; done\n`),
      { hook_type: 'script', success: null },
    ],
  ])('%s', async (state, name, prepare, shown) => {
    await prepare(name);
    const eventId = await publish(name);
    const event = await waitForState(eventId, state);
    expect(event).toMatchObject({ id: eventId, event_name: name, data: catalog[name].sample });
    expect(event.summary).toEqual({ states: { [state]: 1 }, truncated: false });

    const { events } = await listEvents(`state=${state}&name=${name}`);
    expect(events).toMatchObject([{ id: eventId, matched: event.matched, summary: event.summary }]);
    const { deliveries } = await listDeliveries(`state=${state}&event_name=${name}`);
    expect(deliveries).toMatchObject([{ event_id: eventId, state, ...shown }]);

    const one = await running.api.get(`/api/v1/deliveries/${deliveries[0]?.id}`);
    expect(shownDeliverySchema.parse(one.body)).toEqual(event.deliveries[0]);
  });

  test('unmatched is what was meant for nobody, and nothing else', async () => {
    const lonely = await publish('wanted_scan_complete');
    const event = await vi.waitFor(() => readEvent(lonely), { timeout: 15_000 });
    expect(event).toMatchObject({ matched: 0, deliveries: [], summary: { states: {} } });

    await createHook('wanted_scan_complete', 'quick.sh', '#!/bin/sh\necho quick\n');
    const wanted = await publish('wanted_scan_complete');
    await waitForState(wanted, 'delivered');
    const { events } = await listEvents('state=unmatched&name=wanted_scan_complete');
    expect(events.map(({ id }) => id)).toEqual([lonely]);
  });
});

describe('a delivery that got no answer says why', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const serve = async (answer: (socket: Socket) => void): Promise<number> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      answer(socket);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const closedPort = async (): Promise<number> => {
    const port = await serve(() => undefined);
    servers.at(-1)?.close();
    return port;
  };
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  test.each<[string, () => Promise<string> | string]>([
    ['connection_refused', async () => `http://127.0.0.1:${await closedPort()}/`],
    [
      'connection_reset',
      async () => `http://127.0.0.1:${await serve((socket) => socket.resetAndDestroy())}/`,
    ],
    ['timeout', async () => `http://127.0.0.1:${await serve(() => undefined)}/`],
    [
      'invalid_response',
      async () =>
        `http://127.0.0.1:${await serve((socket) => socket.on('data', () => socket.end('SSH-2.0 no HTTP\r\n\r\n')))}/`,
    ],
    [
      'tls_error',
      async () =>
        `https://127.0.0.1:${await serve((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))}/`,
    ],
    ['blocked_address', () => 'http://127.0.0.2:9/'],
    ['dns_error', () => 'http://no-such-host.invalid/'],
  ])('%s', async (errorClass, urlOf) => {
    const { id } = await createWebhook('config_updated', { url: await urlOf(), timeout_seconds: 1 });
    const eventId = await publish('config_updated');
    await running.waitForExecutions(id, 1);

    const { deliveries } = await listDeliveries(`webhook_id=${id}`);
    expect(deliveries).toMatchObject([
      { event_id: eventId, state: 'exhausted', error_class: errorClass, status: null, attempt_count: 1 },
    ]);
    const event = await readEvent(eventId);
    expect(event.deliveries.find(({ webhook_id }) => webhook_id === id)?.attempts).toMatchObject([
      {
        at: expect.stringMatching(/Z$/),
        duration_ms: expect.any(Number),
        error_class: errorClass,
        error: expect.stringContaining(`${errorClass}: `),
      },
    ]);
    expect((await running.api.delete(`/api/v1/webhooks/${id}`)).status).toBe(204);
  });
});

test('an event tells every attempt with what was answered, and every run with what it put out', async () => {
  const { path, id } = await createWebhook('whisper_complete', { retry_schedule: [0] });
  running.receiver.answer(path, (_request, response, count) => {
    response.writeHead(count === 1 ? 500 : 200).end(count === 1 ? 'x'.repeat(10_000) : 'thanks');
  });
  const hookId = await createHook(
    'whisper_complete',
    'fail.sh',
    '#!/bin/sh\necho out\necho why >&2\nexit 3\n',
  );
  const eventId = await publish('whisper_complete');
  await running.waitForExecutions(id, 1);
  await running.waitForExecutions(hookId, 1);

  const event = await readEvent(eventId);
  expect(event.summary).toEqual({ states: { delivered: 1, exhausted: 1 }, truncated: false });
  const [delivery, run] = event.deliveries;
  expect(delivery).toMatchObject({
    webhook_id: id,
    state: 'delivered',
    attempts: [
      { status: 500, response_body: 'x'.repeat(4096), error: 'HTTP 500' },
      { status: 200, response_body: 'thanks' },
    ],
  });
  expect(run).toMatchObject({
    hook_id: hookId,
    hook_type: 'script',
    attempts: [{ exit_code: 3, stdout: 'out\n', stderr: 'why\n' }],
  });
});

test('what the client named itself is found under that name', async () => {
  const id = `scan-${Date.now()}`;
  const { status } = await running.api.post('/api/v1/events', {
    id,
    event_name: 'standalone_scan_complete',
    data: catalog.standalone_scan_complete.sample,
  });
  expect(status).toBe(202);
  const event = await vi.waitFor(() => readEvent(id), { timeout: 15_000 });
  expect(event).toMatchObject({ id, event_name: 'standalone_scan_complete' });
});

test.each(['/api/v1/events/evt_none', '/api/v1/deliveries/dlv_none'])(
  '%s is not found, and says so',
  async (path) => {
    const { status, body } = await running.api.get(path);
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'not_found', message: expect.stringContaining('none') });
  },
);

test('the catalog is no event', async () => {
  const { status, body } = await running.api.get('/api/v1/events/catalog');
  expect(status).toBe(200);
  expect(body.events).toHaveLength(16);
});

test.each(['events', 'deliveries'] as const)(
  '%s are paged newest first, without loss or repeat',
  async (what) => {
    const first = await running.api.get(`/api/v1/${what}?limit=200`);
    const all: { readonly id: string }[] = first.body[what];
    expect(all.length).toBeGreaterThan(10);
    const paged: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer: { readonly body: { readonly next_cursor: string | null } & Record<string, unknown[]> } =
        await running.api.get(`/api/v1/${what}?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...(answer.body[what] ?? []));
      cursor = answer.body.next_cursor;
    }
    expect(paged.map((each) => (each as { readonly id: string }).id)).toEqual(all.map(({ id }) => id));
  },
);

test('undelivered tells of each endpoint what did not arrive, why, and the request that mends it', async () => {
  const { body } = await running.api.get('/api/v1/undelivered');
  const { endpoints, truncated, next_cursor } = undeliveredAnswerSchema.parse(body);
  expect({ truncated, next_cursor }).toEqual({ truncated: false, next_cursor: null });
  const host = new URL(running.receiver.url('/')).host;
  const tell = (state: string) => endpoints.filter(({ states }) => state in states);

  expect(tell('retrying')).toMatchObject([
    { url_host: host, total: 1, last_error: 'HTTP 503', next_retry_at: expect.any(String), request: null },
  ]);
  const [refused] = tell('refused');
  expect(refused).toMatchObject({
    url_host: host,
    enabled: true,
    last_status: 404,
    request: { method: 'POST' },
  });
  expect(refused?.request?.path).toBe(`/api/v1/webhooks/${refused?.webhook_id}/replay`);
  const [parked] = tell('parked');
  expect(parked).toMatchObject({ enabled: false, last_error: 'the webhook is disabled' });
  expect(parked?.request).toMatchObject({ path: `/api/v1/webhooks/${parked?.webhook_id}/enable` });
  expect(endpoints).toContainEqual(expect.objectContaining({ last_error_class: 'dns_error', deleted: true }));
  expect(endpoints.some(({ states }) => 'delivered' in states || 'filtered' in states)).toBe(false);
});
