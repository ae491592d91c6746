import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { radarrPayloads, sonarrPayloads } from '../builders/arr-payloads.ts';
import { aSublarrWebhook } from '../builders/sublarr-webhook.ts';
import { catalog } from '../../shared/catalog.ts';
import { createApiClient } from '../support/api-client.ts';
import { createApiKey } from '../support/create-api-key.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

async function createSource(fields: Record<string, unknown>) {
  const { status, body } = await running.api.post('/api/v1/sources', fields);
  expect(status).toBe(201);
  return body;
}

async function subscribe(event_name: string): Promise<string> {
  const path = `/${event_name}`;
  const { status } = await running.api.post('/api/v1/webhooks', {
    name: path,
    event_name,
    url: running.receiver.url(path),
  });
  expect(status).toBe(201);
  return path;
}

/** Posts as a sender does: to the URL that was pasted into it, without our key. */
async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(url, { method: 'POST', body, headers });
  const answer: unknown = await response.json();
  return { status: response.status, headers: response.headers, body: Object(answer) };
}

const postJson = (url: string, payload: unknown, headers: Readonly<Record<string, string>> = {}) =>
  post(url, JSON.stringify(payload, undefined, 2), { 'content-type': 'application/json', ...headers });

test('what Sonarr and Radarr send to the URL of their source reaches the webhooks as webhook_received', async () => {
  const path = await subscribe('webhook_received');
  const sonarr = await createSource({ kind: 'sonarr' });
  const radarr = await createSource({ kind: 'radarr', username: 'arr', secret: 'correct horse' });
  expect(sonarr.url).toBe(`${running.stack.apiUrl}/api/v1/webhook/sonarr?id=${sonarr.id}`);
  const authorization = `Basic ${Buffer.from('arr:correct horse').toString('base64')}`;

  const refused = await postJson(radarr.url, radarrPayloads.download);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toMatch(/^Basic /);
  expect((await postJson(sonarr.url, sonarrPayloads.test)).status).toBe(200);
  expect((await postJson(radarr.url, radarrPayloads.test, { authorization })).status).toBe(200);
  expect((await postJson(sonarr.url, sonarrPayloads.upgrade)).status).toBe(202);
  expect((await postJson(radarr.url, radarrPayloads.movieFileDelete, { authorization })).status).toBe(202);

  const received = await running.receiver.waitFor(path, 2);
  const events = received.map(({ body }) => JSON.parse(body).data);
  expect(events).toHaveLength(2);
  expect(events).toEqual(
    expect.arrayContaining([
      {
        source: 'sonarr',
        event_type: 'Download',
        title: sonarrPayloads.upgrade.series.title,
        season: 1,
        episode: 4,
        payload: sonarrPayloads.upgrade,
      },
      {
        source: 'radarr',
        event_type: 'MovieFileDelete',
        title: 'Spirited Away',
        season: null,
        episode: null,
        payload: radarrPayloads.movieFileDelete,
      },
    ]),
  );
});

test('Sonarr and Radarr may send by PUT as well, as their settings say', async () => {
  for (const [kind, payloads] of [
    ['sonarr', sonarrPayloads],
    ['radarr', radarrPayloads],
  ] as const) {
    const { url } = await createSource({ kind });
    const put = (payload: unknown) => fetch(url, { method: 'PUT', body: JSON.stringify(payload) });
    expect((await put(payloads.test)).status).toBe(200);
    expect((await put(payloads.download)).status).toBe(202);
  }
});

test('what is nested without end is refused with 422, and no fault of ours', async () => {
  const { url } = await createSource({ kind: 'sonarr' });
  const deep = `{"eventType":"Grab","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect((await post(url, deep)).status).toBe(422);
});

describe('an unmodified Sublarr whose webhook points to its source', () => {
  const data = { ...catalog.subtitle_downloaded.sample, subtitle_path: '/media/葬送のフリーレン.ass' };

  test('is a producer: its events reach the webhooks once, however often they are sent', async () => {
    const path = await subscribe('subtitle_downloaded');
    const { url, secret } = await createSource({ kind: 'sublarr', name: 'NAS' });
    const { body, headers } = aSublarrWebhook('subtitle_downloaded', data, { secret, sentAtMs: Date.now() });

    const first = await post(url, body, headers);
    expect(first).toMatchObject({ status: 202, body: { status: 'accepted' } });
    const again = await post(url, body, headers);
    expect(again).toMatchObject({ status: 200, body: { status: 'repeated', id: first.body.id } });

    // A later event of the same webhook has passed every queue after the repetition would have.
    const later = aSublarrWebhook('subtitle_downloaded', { score: 1 }, { secret, sentAtMs: Date.now() });
    expect((await post(url, later.body, later.headers)).status).toBe(202);
    const received = await running.receiver.waitFor(path, 2);
    expect(received.map(({ headers: { 'webhook-id': id } }) => id)).toContain(first.body.id);
    expect(received.map(({ body: sent }) => JSON.parse(sent).data)).toEqual(
      expect.arrayContaining([data, { score: 1 }]),
    );
    expect(received).toHaveLength(2);
  });

  test('publishes an event once, also when the same bytes come many times at once', async () => {
    const { url, secret } = await createSource({ kind: 'sublarr' });
    const { body, headers } = aSublarrWebhook('whisper_complete', {}, { secret, sentAtMs: Date.now() });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(url, body, headers)));
    // 503 asks who came while another was publishing to send it again.
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(1);
    expect(statuses.filter((status) => ![200, 202, 503].includes(status))).toEqual([]);
  });

  test('signs its very bytes: blanks, line ends and what is no UTF-8 among them', async () => {
    const { url, secret } = await createSource({ kind: 'sublarr' });
    const head = `\r\n{ "event_name":\t"batch_complete", "timestamp": "${new Date().toISOString()}", "data": {"title": "`;
    const bytes = Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0xfe]), Buffer.from('"} }\n')]);
    const sign = (signed: Uint8Array) => ({
      'x-sublarr-signature': `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}`,
    });
    expect((await post(url, bytes, sign(bytes.subarray(0, -1)))).status).toBe(401);
    expect((await post(url, bytes, sign(bytes))).status).toBe(202);
  });

  test('is not let in with a changed body, and its test and its newer events become none', async () => {
    const { url, secret } = await createSource({ kind: 'sublarr', secret: 'a secret of its own' });
    expect(secret).toBe('a secret of its own');
    const send = async (name: string, payload: unknown, change = (body: string) => body) => {
      const { body, headers } = aSublarrWebhook(name, payload, { secret, sentAtMs: Date.now() });
      return (await post(url, change(body), headers)).status;
    };
    expect(await send('batch_complete', { total: 3 }, (body) => body.replace('3', '4'))).toBe(401);
    expect(await send('config_updated', { changed_keys: 'test_value', source: 'test_value' })).toBe(200);
    expect(await send('provider_state_changed', { provider: 'subdl' })).toBe(200);
    expect(await send('batch_complete', { total: 3 })).toBe(202);
  });
});

test('a source is listed and read without its secret, and lets nobody in once it is deleted', async () => {
  const { id, url, secret } = await createSource({ kind: 'sublarr' });
  const read = await running.api.get(`/api/v1/sources/${id}`);
  expect(read.body).toMatchObject({ id, url, kind: 'sublarr', secret: '********' });
  const listed = await running.api.get('/api/v1/sources?limit=200');
  expect(listed.body.sources).toContainEqual(read.body);
  expect(listed.text).not.toContain(secret);

  const key = await createApiKey(running.stack, ['manage'], 'other');
  const other = createApiClient(running.stack.apiUrl, key);
  expect((await other.get('/api/v1/sources')).body.sources).toEqual([]);
  expect((await other.delete(`/api/v1/sources/${id}`)).status).toBe(404);

  expect((await running.api.delete(`/api/v1/sources/${id}`)).status).toBe(204);
  const { body, headers } = aSublarrWebhook('batch_complete', {}, { secret, sentAtMs: Date.now() });
  const gone = await post(url, body, headers);
  const unknown = await post(`${running.stack.apiUrl}/api/v1/inbound/sublarr?id=guess`, body, headers);
  expect(gone.status).toBe(404);
  expect(gone.body).toEqual(unknown.body);
});

test.each([
  ['GET', undefined],
  ['POST', { kind: 'sonarr' }],
])('%s /api/v1/sources takes the scope manage: the id of a source lets in', async (method, body) => {
  const key = await createApiKey(running.stack, ['read', 'publish', 'live']);
  const answer = await createApiClient(running.stack.apiUrl, key).call(method, '/api/v1/sources', body);
  expect(answer.status).toBe(403);
  expect(answer.body.message).toContain('"manage"');
});
