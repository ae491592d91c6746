import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SublarrEvents } from '../../client/index.ts';
import { aSublarrWebhook } from '../builders/sublarr-webhook.ts';
import { createApiClient } from '../support/api-client.ts';
import { spawnStack } from '../support/spawn-stack.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sublarr-events-live-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const portOf = (url: string): string => new URL(url).port;

test('a watch that got nothing before a kill -9 misses nothing of what happens after it, and what is known is told once', async () => {
  const first = await spawnStack(['--data', data, '--port', '0']);
  const client = new SublarrEvents({ url: first.apiUrl, key: first.apiKey });
  const ending = new AbortController();
  const connected = Promise.withResolvers<void>();
  const told: string[] = [];
  let wake = (): void => undefined;
  const allTold = async (ids: readonly string[]): Promise<void> => {
    while (!ids.every((id) => told.includes(id))) await new Promise<void>((resolve) => (wake = resolve));
  };
  const watching = (async () => {
    const frames = client.watch({
      events: ['batch_complete'],
      signal: ending.signal,
      onConnected: () => connected.resolve(),
    });
    for await (const frame of frames) {
      if (frame.kind === 'event') told.push(frame.id);
      wake();
    }
  })();
  await connected.promise;
  await first.kill();

  const second = await spawnStack(['--data', data, '--port', portOf(first.apiUrl)]);
  // Whether the watch is back by now or not.
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) {
    const { id } = await client.events.publish({ event_name: 'batch_complete', data: {} });
    ids.push(id);
  }
  await allTold(ids);
  ending.abort();
  await watching;
  expect([...told].sort()).toEqual([...ids].sort());
  await second.stop();
}, 90_000);

test('what a Sublarr sends again after a kill -9 is known', async () => {
  const first = await spawnStack(['--data', data, '--port', '0']);
  const api = createApiClient(first.apiUrl, first.apiKey);
  const { body: source } = await api.post('/api/v1/sources', { kind: 'sublarr' });
  const sent = aSublarrWebhook('batch_complete', {}, { secret: source.secret, sentAtMs: Date.now() });
  const send = async () => {
    const { status } = await fetch(source.url, { method: 'POST', ...sent });
    return status;
  };
  expect(await send()).toBe(202);
  await first.kill();

  const second = await spawnStack(['--data', data, '--port', portOf(first.apiUrl)]);
  expect(await send()).toBe(200);
  await second.stop();
}, 90_000);
