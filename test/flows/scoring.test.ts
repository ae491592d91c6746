import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SublarrEvents } from '../../client/index.ts';
import { scoringCacheMs } from '../../shared/limits.ts';
import { defaultWeights } from '../../shared/scoring.ts';
import { createApiClient } from '../support/api-client.ts';
import type { ApiClient } from '../support/api-client.ts';
import { createApiKey } from '../support/create-api-key.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
let dynamo: DynamoDBDocumentClient;
let api: ApiClient;
let tenant = '';
let tenants = 0;
beforeAll(async () => {
  running = await startTestStack();
  const { awsEndpoint, awsCredentials } = running.stack;
  dynamo = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: awsEndpoint, region: 'us-east-1', credentials: awsCredentials }),
  );
});
afterAll(() => running.stop());

/** A tenant without any scoring of its own yet. */
async function enter(): Promise<void> {
  tenant = `tenant-${++tenants}`;
  const key = await createApiKey(running.stack, ['publish', 'manage', 'read', 'live'], tenant);
  api = createApiClient(running.stack.apiUrl, key);
}

const path = '/api/v1/scoring';
const getIfChanged = (resource: string, etag: string | null) =>
  api.call('GET', `${path}/${resource}`, undefined, { 'if-none-match': etag ?? '' });

const rowOf = (sk: string) => ({
  TableName: running.stack.resources.tableNames['ConfigTable'],
  Key: { pk: `${tenant}#scoring`, sk },
});
async function readVersion(): Promise<number> {
  const { Item } = await dynamo.send(new GetCommand({ ...rowOf('version'), ConsistentRead: true }));
  return Number(Item?.['version'] ?? 0);
}
/** Changes a modifier with bare hands: nobody is told. */
const editModifiers = (provider_modifiers: object) =>
  dynamo.send(
    new UpdateCommand({
      ...rowOf('overrides'),
      UpdateExpression: 'SET provider_modifiers = :modifiers',
      ExpressionAttributeValues: { ':modifiers': provider_modifiers },
    }),
  );

test('weights are read, changed, scored with and reset', async () => {
  await enter();
  const candidate = { type: 'episode', matches: ['hash', 'crc'], is_ass: true, provider_name: 'jimaku' };
  const before = await api.post(`${path}/score`, candidate);
  expect(before).toMatchObject({ status: 200, body: { score: 409, unknown_matches: ['crc'] } });

  const put = await api.put(`${path}/weights`, { episode: { hash: 300 } });
  expect(put).toMatchObject({ status: 200, body: { episode: { hash: 300, series: 180 } } });
  await api.put(`${path}/modifiers`, { jimaku: -9 });
  const after = await api.post(`${path}/score`, candidate);
  expect(after.body).toMatchObject({
    score: 341,
    parts: { matches: { hash: 300 }, format_bonus: 50, provider_modifier: -9 },
  });

  expect((await api.delete(`${path}/weights`)).status).toBe(204);
  expect((await api.get(`${path}/weights`)).body).toEqual({ ...defaultWeights, defaults: defaultWeights });
});

test('a preset is found, fetched and imported, and a modifier deleted by a name with a space', async () => {
  await enter();
  const { body: presets } = await api.get(`${path}/presets`);
  expect(presets).toHaveLength(3);
  const { body: preset } = await api.get(`${path}/presets/Anime`);
  const modifiers = { 'Open Subtitles': 4, jimaku: 5 };
  const imported = await api.post(`${path}/presets/import`, { ...preset, provider_modifiers: modifiers });
  expect(imported).toMatchObject({ status: 200, body: { status: 'ok', preset: 'Anime' } });
  expect((await api.get(`${path}/weights`)).body).toMatchObject({ episode: { format_bonus: 80 } });
  expect((await api.delete(`${path}/modifiers/Open%20Subtitles`)).status).toBe(204);
  expect((await api.get(`${path}/modifiers`)).body).toEqual({ jimaku: 5 });
  expect((await api.get(`${path}/presets/import`)).status).toBe(404);
});

test('who has the answer already is told 304 until it changes, and a change of something older is refused', async () => {
  await enter();
  const first = await api.get(`${path}/weights`);
  const etag = first.headers.get('etag');
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  const again = await getIfChanged('weights', `"x", W/${etag ?? ''}`);
  expect(again).toMatchObject({ status: 304, text: '' });
  expect(again.headers.get('etag')).toBe(etag);
  expect(again.headers.get('content-length')).toBeNull();

  const change = { movie: { hash: 1 } };
  const put = () => api.call('PUT', `${path}/weights`, change, { 'if-match': etag ?? '' });
  expect((await put()).status).toBe(200);
  expect(await put()).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
  const changed = await getIfChanged('weights', etag);
  expect(changed).toMatchObject({ status: 200, body: { movie: { hash: 1 } } });
});

test('the client reads anew only what changed, and changes only what it saw', async () => {
  await enter();
  const key = await createApiKey(running.stack, ['manage', 'read'], tenant);
  const { scoring } = new SublarrEvents({ url: running.stack.apiUrl, key });
  const first = await scoring.refreshModifiers();
  expect(await scoring.refreshModifiers(first)).toBe(first);
  await scoring.setModifiers({ jimaku: 5, constructor: -7 }, { ifMatch: first.etag });
  const second = await scoring.refreshModifiers(first);
  expect(second.value).toEqual({ jimaku: 5, constructor: -7 });
  const ofConstructor = { type: 'movie', matches: ['hash'], provider_name: 'constructor' } as const;
  expect(await scoring.score(ofConstructor)).toMatchObject({ score: defaultWeights.movie.hash - 7 });

  const stale = scoring.removeModifier('jimaku', { ifMatch: first.etag });
  await expect(stale).rejects.toMatchObject({ code: 'precondition_failed' });
  await scoring.removeModifier('jimaku', { ifMatch: second.etag });
  expect(await scoring.getModifiers()).toEqual({ constructor: -7 });
});

test.each([
  ['changed_keys', 'provider_modifier_jimaku'],
  ['updated_keys', 'scoring_weights_episode'],
])(
  'config_updated with %s makes the next answer fresh although the minute has not passed',
  async (field, key) => {
    await enter();
    const started = Date.now();
    await api.put(`${path}/modifiers`, { jimaku: 1 });
    const kept = await api.get(`${path}/modifiers`);
    await editModifiers({ jimaku: 2 });
    const etag = kept.headers.get('etag');
    expect((await getIfChanged('modifiers', etag)).status).toBe(304);
    const version = await readVersion();

    const data = { [field]: ['language', key] };
    expect((await api.post('/api/v1/events', { event_name: 'config_updated', data })).status).toBe(202);
    await vi.waitFor(async () => expect(await readVersion()).toBeGreaterThan(version));

    expect(await getIfChanged('modifiers', etag)).toMatchObject({ status: 200, body: { jimaku: 2 } });
    expect(Date.now() - started).toBeLessThan(scoringCacheMs);
  },
);

test('config_updated about anything else leaves what is kept', async () => {
  await enter();
  await api.put(`${path}/modifiers`, { jimaku: 1 });
  await api.get(`${path}/modifiers`);
  await editModifiers({ jimaku: 2 });
  const version = await readVersion();
  const other = { event_name: 'config_updated', data: { changed_keys: ['language', 'my_scoring_x'] } };
  const ours = { event_name: 'config_updated', data: { changed_keys: ['scoring_x'] } };
  await api.post('/api/v1/events', other);
  expect((await api.get(`${path}/modifiers`)).body).toEqual({ jimaku: 1 });
  await api.post('/api/v1/events', ours);
  await vi.waitFor(async () => expect(await readVersion()).toBe(version + 1));
  expect((await api.get(`${path}/modifiers`)).body).toEqual({ jimaku: 2 });
});

test('who subscribed to config_updated hears of a change through the API', async () => {
  await enter();
  await api.post('/api/v1/webhooks', {
    name: 'watcher',
    event_name: 'config_updated',
    url: running.receiver.url('/config'),
  });
  await api.put(`${path}/weights`, { movie: { hash: 1 } });
  const [request] = await running.receiver.waitFor('/config', 1);
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    event_name: 'config_updated',
    data: { changed_keys: ['scoring_weights_movie'], source: 'scoring_api' },
  });
});

test.each([
  ['GET', 'weights', 'publish', 'read'],
  ['POST', 'score', 'manage', 'read'],
  ['PUT', 'weights', 'read', 'manage'],
  ['DELETE', 'weights', 'read', 'manage'],
  ['PUT', 'modifiers', 'read', 'manage'],
  ['POST', 'presets/import', 'read', 'manage'],
])('%s %s with the scope %s alone is refused for want of %s', async (method, resource, held, needed) => {
  const key = await createApiKey(running.stack, [held]);
  const other = createApiClient(running.stack.apiUrl, key);
  const answer = await other.call(method, `${path}/${resource}`, method === 'GET' ? undefined : {});
  expect(answer).toMatchObject({
    status: 403,
    body: { message: expect.stringContaining(`scope "${needed}"`) },
  });
});
