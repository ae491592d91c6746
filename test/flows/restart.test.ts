import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import { createApiClient } from '../support/api-client.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { spawnStack } from '../support/spawn-stack.ts';

let data: string;
let receiver: Receiver;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sublarr-events-restart-'));
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  await rm(data, { recursive: true, force: true });
});

const events = Array.from({ length: 40 }, (_, index) => ({
  event_name: 'wanted_item_processed',
  data: { ...catalog.wanted_item_processed.sample, item_id: index },
}));

const itemsOf = (path: string) =>
  receiver.received(path).map(({ body }) => JSON.parse(body).data.item_id as number);

/** Resolves when each of the events has come at least once. */
async function waitForEach(path: string): Promise<void> {
  let count = events.length;
  while (new Set(itemsOf(path)).size < events.length) {
    await receiver.waitFor(path, count);
    count = receiver.received(path).length + 1;
  }
}

test('every event that was answered 202 reaches its webhook and its hook after a kill -9', async () => {
  const first = await spawnStack(['--data', data, '--port', '0']);
  const before = createApiClient(first.apiUrl, first.apiKey);
  const webhook = await before.post('/api/v1/webhooks', {
    name: 'w',
    event_name: '*',
    url: receiver.url('/webhook'),
  });
  expect(webhook.status).toBe(201);
  // The script tells of its runs over HTTP, since files of a script are gone with its run.
  await before.put(
    '/api/v1/scripts/tell.js',
    `#!${process.execPath}\nlet text = '';\nprocess.stdin.on('data', (part) => (text += part)).on('end', () =>\n  fetch('${receiver.url('/script')}', { method: 'POST', body: text }));\n`,
  );
  const hook = await before.post('/api/v1/hooks', { name: 'h', event_name: '*', script: 'tell.js' });
  expect(hook.status).toBe(201);

  const published = await before.post('/api/v1/events', events);
  expect(published).toMatchObject({ status: 202, body: { accepted: events.length } });
  await first.kill();

  const second = await spawnStack(['--data', data, '--port', '0']);
  expect(second.apiKey).toBe(first.apiKey);
  await waitForEach('/webhook');
  await waitForEach('/script');

  // Whatever came twice came with the same webhook-id.
  const ids = new Map(
    receiver.received('/webhook').map(({ headers, body }) => [headers['webhook-id'], body]),
  );
  expect(ids.size).toBe(events.length);
  expect(await second.stop()).toBe(0);
});

test('webhooks, hooks, scripts and the log are there after a restart', async () => {
  const first = await spawnStack(['--data', data, '--port', '0']);
  const before = createApiClient(first.apiUrl, first.apiKey);
  const { body: webhook } = await before.post('/api/v1/webhooks', {
    name: 'kept',
    event_name: 'config_updated',
    url: receiver.url('/kept'),
  });
  await before.post(`/api/v1/webhooks/${webhook.id}/test`, {});
  expect(await first.stop()).toBe(0);

  const second = await spawnStack(['--data', data, '--port', '0']);
  const after = createApiClient(second.apiUrl, second.apiKey);
  expect((await after.get(`/api/v1/webhooks/${webhook.id}`)).body).toMatchObject({ name: 'kept' });
  expect((await after.get('/api/v1/hooks/logs')).body.logs).toMatchObject([
    { webhook_id: webhook.id, test: true },
  ]);
  await second.stop();
});
