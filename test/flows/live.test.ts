import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { catalog, publishableEventNames } from '../../shared/catalog.ts';
import { createApiClient } from '../support/api-client.ts';
import { connectViewer, refuseViewer } from '../support/connect-viewer.ts';
import type { LiveFrame, LiveQuery, LiveViewer } from '../support/connect-viewer.ts';
import { createApiKey } from '../support/create-api-key.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
let liveKey: string;
let dynamo: DynamoDBClient;
beforeAll(async () => {
  running = await startTestStack();
  liveKey = await createApiKey(running.stack, ['live']);
  dynamo = new DynamoDBClient({
    endpoint: running.stack.awsEndpoint,
    region: 'us-east-1',
    credentials: running.stack.awsCredentials,
  });
});
afterAll(() => running.stop());

const watch = (key: string | undefined, asked?: string | LiveQuery): Promise<LiveViewer> =>
  connectViewer(running.stack.liveUrl, key, asked);

const publish = async (event_name: string, data: unknown, api = running.api): Promise<string> => {
  const { status, body } = await api.post('/api/v1/events', { event_name, data });
  expect(status).toBe(202);
  return body.id;
};
const withId =
  (id: string) =>
  (frame: LiveFrame): boolean =>
    frame.id === id;

/** The ids of the connections that the table holds. */
async function listConnections(): Promise<string[]> {
  const { Items = [] } = await dynamo.send(
    new ScanCommand({ TableName: running.stack.resources.tableNames['ConnectionsTable'] }),
  );
  return Items.flatMap((item) => item['connection_id']?.S ?? []);
}

test('a viewer gets a published event, and the hook_executed that follows its delivery', async () => {
  const viewer = await watch(liveKey);
  const webhook = await running.api.post('/api/v1/webhooks', {
    name: 'watched',
    event_name: 'upgrade_complete',
    url: running.receiver.url('/watched'),
  });

  const id = await publish('upgrade_complete', catalog.upgrade_complete.sample);

  const [frame] = await viewer.waitFor(withId(id), 1);
  expect(frame).toEqual({
    event: 'upgrade_complete',
    data: catalog.upgrade_complete.sample,
    id,
    cursor: expect.stringMatching(/^[\w-]+$/),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  const [executed] = await viewer.waitFor(({ event }) => event === 'hook_executed', 1);
  expect(executed?.data).toMatchObject({
    webhook_id: webhook.body.id,
    event_name: 'upgrade_complete',
    success: true,
  });
  await viewer.close();
});

test('a viewer of hook_executed gets that and nothing else', async () => {
  const all = await watch(liveKey);
  const executions = await watch(liveKey, 'hook_executed');
  await running.api.post('/api/v1/webhooks', {
    name: 'filtered',
    event_name: 'batch_complete',
    url: running.receiver.url('/filtered'),
  });

  await publish('batch_complete', catalog.batch_complete.sample);

  await all.waitFor(({ event }) => event === 'batch_complete', 1);
  const [executed] = await executions.waitFor(({ event }) => event === 'hook_executed', 1);
  expect(executed?.data).toMatchObject({ event_name: 'batch_complete' });
  expect(executions.frames.map(({ event }) => event)).toEqual(['hook_executed']);
  await Promise.all([all.close(), executions.close()]);
});

test.each([
  ['a key that is not known', 401, ['sublarr-events', 'key.sk_wrong'], undefined, 'not known'],
  ['no key', 401, ['sublarr-events'], undefined, 'key.<API key>'],
])('%s is refused with %i', async (_what, status, protocols, events, words) => {
  const refused = await refuseViewer(running.stack.liveUrl, protocols, events);
  expect(refused.status).toBe(status);
  expect(JSON.parse(refused.body).message).toContain(words);
});

test('a key without the scope live is refused with 403', async () => {
  const key = await createApiKey(running.stack, ['publish', 'read']);
  const refused = await refuseViewer(running.stack.liveUrl, ['sublarr-events', `key.${key}`]);
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.body)).toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('scope "live"'),
  });
});

test('an unknown event is refused with 400, which names the known ones', async () => {
  const offered = ['sublarr-events', `key.${liveKey}`];
  const refused = await refuseViewer(running.stack.liveUrl, offered, 'batch_complete,nope');
  expect(refused.status).toBe(400);
  expect(refused.body).toContain('nope');
  expect(refused.body).toContain('hook_executed');
});

test('a viewer sees the events of their own tenant and of no other', async () => {
  const otherKey = await createApiKey(running.stack, ['live', 'publish'], 'other');
  const other = await watch(otherKey);
  const own = await watch(liveKey);

  const ownId = await publish('config_updated', catalog.config_updated.sample);
  await own.waitFor(withId(ownId), 1);
  const otherApi = createApiClient(running.stack.apiUrl, otherKey);
  const otherId = await publish('config_updated', catalog.config_updated.sample, otherApi);
  await other.waitFor(withId(otherId), 1);

  expect(other.frames.map(({ id }) => id)).toEqual([otherId]);
  const lastId = await publish('config_updated', catalog.config_updated.sample);
  await own.waitFor(withId(lastId), 1);
  expect(own.frames.map(({ id }) => id)).not.toContain(otherId);
  await Promise.all([own.close(), other.close()]);
});

test('a viewer who vanishes disturbs nobody, and is forgotten', async () => {
  const staying = await watch(liveKey);
  const before = new Set(await listConnections());
  const vanishing = await watch(liveKey);
  const [vanished] = (await listConnections()).filter((id) => !before.has(id));
  expect(vanished).toBeDefined();

  vanishing.socket.terminate();
  const ids = [
    await publish('whisper_complete', catalog.whisper_complete.sample),
    await publish('whisper_complete', catalog.whisper_complete.sample),
  ];

  await staying.waitFor(({ id }) => id !== undefined && ids.includes(id), 2);
  await vi.waitFor(async () => expect(await listConnections()).not.toContain(vanished));
  await staying.close();
});

test('an event that is too large for a message comes as a reference', async () => {
  const viewer = await watch(liveKey, 'provider_failed');
  const id = await publish('provider_failed', { error: 'x'.repeat(130 * 1024) });
  const [frame] = await viewer.waitFor(withId(id), 1);
  expect(frame).toMatchObject({ event: 'provider_failed', id, reference: `/api/v1/events/${id}` });
  expect(frame).not.toHaveProperty('data');
  expect(frame?.bytes).toBeGreaterThan(130 * 1024);
  await viewer.close();
});

test('a ping is answered with pong and where the connection began, and whatever else a viewer sends with nothing', async () => {
  const viewer = await watch(liveKey, 'whisper_failed');
  viewer.socket.send('keep me alive');
  viewer.socket.send(JSON.stringify({ event: 'ping' }));
  expect(await viewer.waitFor(({ event }) => event === 'pong', 1)).toEqual([
    { event: 'pong', cursor: expect.stringMatching(/^[\w-]+$/) },
  ]);
  const id = await publish('whisper_failed', catalog.whisper_failed.sample);
  await viewer.waitFor(withId(id), 1);
  expect(viewer.frames).toHaveLength(2);
  await viewer.close();
});

const isCaughtUp = ({ event }: LiveFrame): boolean => event === 'caught_up';
const idsOf = (viewer: LiveViewer): string[] => viewer.frames.flatMap(({ id }) => id ?? []);

test('who comes back with the cursor of its last frame gets what it missed, and then what happens', async () => {
  const events = 'standalone_scan_complete';
  const { sample } = catalog.standalone_scan_complete;
  const away = await watch(liveKey, events);
  const known = await publish(events, sample);
  const [last] = await away.waitFor(withId(known), 1);
  await away.close();

  const missed: string[] = [];
  for (let count = 0; count < 30; count++) missed.push(await publish(events, sample));
  await publish('batch_complete', catalog.batch_complete.sample);
  const back = await watch(liveKey, { events, since: last?.cursor ?? '' });
  await back.waitFor(isCaughtUp, 1);
  const live = await publish(events, sample);
  await back.waitFor(withId(live), 1);

  expect(idsOf(back)).toEqual([...missed, live]);
  await back.close();
});

test('who comes back while events happen gets each of them once', async () => {
  const events = 'standalone_file_detected';
  const { sample } = catalog.standalone_file_detected;
  const away = await watch(liveKey, events);
  const known = await publish(events, sample);
  const [last] = await away.waitFor(withId(known), 1);
  await away.close();

  const publishing = (async () => {
    const ids: string[] = [];
    for (let count = 0; count < 60; count++) ids.push(await publish(events, sample));
    return ids;
  })();
  const back = await watch(liveKey, { events, since: last?.cursor ?? '' });
  const ids = await publishing;
  await back.waitFor(({ id }) => id !== undefined && ids.includes(id), ids.length);

  expect(idsOf(back).sort()).toEqual(ids.sort());
  await back.close();
});

test('who got nothing before its connection broke comes back to where that began, by its pong or its ticket', async () => {
  const events = 'provider_failed';
  await publish(events, { provider: 'too early' });
  const live = createApiClient(running.stack.apiUrl, liveKey);
  const { body } = await live.post('/api/v1/live/tickets', undefined);
  const cut = await watch(undefined, { ticket: body.ticket, events });
  cut.socket.send('ping');
  const [pong] = await cut.waitFor(({ event }) => event === 'pong', 1);
  await cut.close();
  const missed = await publish(events, { provider: 'missed' });

  for (const since of [pong?.cursor ?? '', body.cursor]) {
    const back = await watch(liveKey, { events, since });
    await back.waitFor(isCaughtUp, 1);
    await back.waitFor(withId(missed), 1);
    expect(idsOf(back)).toEqual([missed]);
    await back.close();
  }
});

test('the cursor of another tenant leads to events of one’s own alone', async () => {
  const events = 'whisper_failed';
  const otherKey = await createApiKey(running.stack, ['live', 'publish'], 'other');
  const other = await watch(otherKey, events);
  const otherApi = createApiClient(running.stack.apiUrl, otherKey);
  const foreign = await publish(events, {}, otherApi);
  const [frame] = await other.waitFor(withId(foreign), 1);
  await publish(events, {}, otherApi);
  const own = await publish(events, {});

  const back = await watch(liveKey, { events, since: frame?.cursor ?? '' });
  await back.waitFor(isCaughtUp, 1);
  await back.waitFor(withId(own), 1);
  // Of its own, those of the seconds before the cursor may come as well.
  const { body } = await running.api.get(`/api/v1/events?name=${events}&limit=200`);
  const ours = new Set(body.events.map(({ id }: { id: string }) => id));
  expect(idsOf(back).filter((id) => !ours.has(id))).toEqual([]);
  await Promise.all([other.close(), back.close()]);
});

test('who stops reading is cut off while the others are told all the while, and comes back for what it missed', async () => {
  const events = 'subtitle_downloaded';
  const other = await watch(liveKey, events);
  const before = new Set(await listConnections());
  const stuck = await watch(liveKey, events);
  const known = await publish(events, {});
  const [last] = await stuck.waitFor(withId(known), 1);
  const [stuckId = ''] = (await listConnections()).filter((id) => !before.has(id));
  const closed = once(stuck.socket, 'close');
  stuck.socket.pause();

  const missed: string[] = [];
  while ((await listConnections()).includes(stuckId)) {
    missed.push(await publish(events, { title: 'x'.repeat(100 * 1024) }));
  }
  await other.waitFor(({ id }) => id !== undefined && missed.includes(id), missed.length);
  stuck.socket.resume();
  await closed;

  const back = await watch(liveKey, { events, since: last?.cursor ?? '' });
  await back.waitFor(({ id }) => id !== undefined && missed.includes(id), missed.length);
  expect(idsOf(back).sort()).toEqual(missed.sort());
  await Promise.all([other.close(), back.close()]);
}, 60_000);

test('who missed more than 1000 events is told so, and gets the newest 1000 of those it watches', async () => {
  const events = 'wanted_item_processed';
  const watcher = await watch(liveKey, events);
  const known = await publish(events, { item_id: 0 });
  const [last] = await watcher.waitFor(withId(known), 1);

  const published: string[] = [];
  for (let request = 0; request < 11; request++) {
    const batch = Array.from({ length: 100 }, () => ({ event_name: events, data: {} }));
    const { body } = await running.api.post('/api/v1/events', batch);
    published.push(...body.ids);
  }
  // The ledger has what viewers were told of, or a moment later.
  await watcher.waitFor(({ id }) => id !== undefined && published.includes(id), published.length);
  await watcher.close();
  const since = last?.cursor ?? '';
  const back = await watch(liveKey, { events, since });
  await back.waitFor(isCaughtUp, 1);

  expect(back.frames[0]).toMatchObject({ event: 'missed', since, limit: 1000 });
  expect(idsOf(back).sort()).toEqual(published.sort().slice(-1000));
  await back.close();
}, 30_000);

test('a cursor that no frame carried is refused with 400', async () => {
  const refused = await refuseViewer(running.stack.liveUrl, ['sublarr-events', `key.${liveKey}`], {
    since: 'yesterday',
  });
  expect(refused.status).toBe(400);
  expect(refused.body).toContain('cursor of the last frame');
});

test('a ticket lets a page in once, without a key', async () => {
  const live = createApiClient(running.stack.apiUrl, liveKey);
  const { status, body } = await live.post('/api/v1/live/tickets', undefined);
  expect(status).toBe(201);
  expect(body).toMatchObject({ ticket: expect.stringMatching(/^lt_/), expires_in: 60 });

  const viewer = await watch(undefined, { ticket: body.ticket, events: 'upgrade_complete' });
  const id = await publish('upgrade_complete', catalog.upgrade_complete.sample);
  await viewer.waitFor(withId(id), 1);
  const again = await refuseViewer(running.stack.liveUrl, [], { ticket: body.ticket });
  expect(again).toMatchObject({ status: 401, body: expect.stringContaining('was used') });
  await viewer.close();
});

test('a key without the scope live gets no ticket', async () => {
  const key = await createApiKey(running.stack, ['publish', 'read', 'manage']);
  const { status } = await createApiClient(running.stack.apiUrl, key).post('/api/v1/live/tickets', undefined);
  expect(status).toBe(403);
});

test('every event that can be published reaches every viewer of the tenant within a second', async () => {
  const viewers = await Promise.all([1, 2, 3].map(() => watch(liveKey)));
  for (const name of publishableEventNames) {
    const publishedMs = Date.now();
    const id = await publish(name, catalog[name].sample);
    await Promise.all(viewers.map((viewer) => viewer.waitFor(withId(id), 1)));
    expect(Date.now() - publishedMs).toBeLessThan(1000);
  }
  await Promise.all(viewers.map((viewer) => viewer.close()));
});

test('stopping tells every viewer that the server goes away', async () => {
  const stack = await startTestStack();
  const viewer = await connectViewer(stack.stack.liveUrl, stack.stack.apiKey);
  const closed = once(viewer.socket, 'close');
  await stack.stop();
  expect((await closed)[0]).toBe(1001);
});
