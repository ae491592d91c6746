import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import { createApiClient } from '../support/api-client.ts';
import { connectViewer, refuseViewer } from '../support/connect-viewer.ts';
import type { LiveFrame, LiveViewer } from '../support/connect-viewer.ts';
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

const watch = (key: string, events?: string): Promise<LiveViewer> =>
  connectViewer(running.stack.liveUrl, key, events);

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

  await staying.waitFor(({ id }) => ids.includes(id), 2);
  await vi.waitFor(async () => expect(await listConnections()).not.toContain(vanished));
  await staying.close();
});

test('an event that is too large for a message comes as a reference', async () => {
  const viewer = await watch(liveKey, 'provider_failed');
  const id = await publish('provider_failed', { error: 'x'.repeat(130 * 1024) });
  const [frame] = await viewer.waitFor(withId(id), 1);
  expect(frame).toMatchObject({ event: 'provider_failed', id, truncated: true });
  expect(frame).not.toHaveProperty('data');
  expect(frame?.bytes).toBeGreaterThan(130 * 1024);
  await viewer.close();
});

test('what a viewer sends is taken without an answer', async () => {
  const viewer = await watch(liveKey, 'whisper_failed');
  viewer.socket.send('keep me alive');
  const id = await publish('whisper_failed', catalog.whisper_failed.sample);
  await viewer.waitFor(withId(id), 1);
  expect(viewer.frames).toHaveLength(1);
  await viewer.close();
});

test('stopping tells every viewer that the server goes away', async () => {
  const stack = await startTestStack();
  const viewer = await connectViewer(stack.stack.liveUrl, stack.stack.apiKey);
  const closed = once(viewer.socket, 'close');
  await stack.stop();
  expect((await closed)[0]).toBe(1001);
});
