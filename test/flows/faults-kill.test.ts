import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { catalog } from '../../shared/catalog.ts';
import { createApiClient } from '../support/api-client.ts';
import type { ApiClient } from '../support/api-client.ts';
import { countArrivals } from '../support/count-arrivals.ts';
import { waitUntilFinal } from '../support/read-deliveries.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { seedRandom } from '../support/seeded-random.ts';
import { spawnStack, startAndKill } from '../support/spawn-stack.ts';
import type { SpawnedStack } from '../support/spawn-stack.ts';

const rounds = 20;
const random = seedRandom();

let data: string;
let receiver: Receiver;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'sublarr-events-kill-'));
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await rm(data, { recursive: true, force: true });
});

const options = (): readonly string[] => ['--data', data, '--port', '0'];

async function createWebhook(api: ApiClient, path: string, fields: Record<string, unknown> = {}) {
  const { body } = await api.post('/api/v1/webhooks', {
    name: path,
    event_name: 'wanted_item_processed',
    url: receiver.url(path),
    ...fields,
  });
  return z.object({ id: z.string() }).parse(body).id;
}

let items = 0;
const nextEvent = () => ({
  event_name: 'wanted_item_processed',
  data: { ...catalog.wanted_item_processed.sample, item_id: ++items },
});

const acceptedSchema = z.object({ ids: z.array(z.string().nullable()) });

/** Resolves when so many more deliveries have come. */
const arrivals = (count: number) => receiver.waitFor('/steady', receiver.received('/steady').length + count);

/** Publishes batches while deliveries come, until the stack is gone; answers the ids of those that it accepted. */
async function publishUntilGone(api: ApiClient, gone: Promise<void>): Promise<readonly string[]> {
  const accepted: string[] = [];
  for (;;) {
    try {
      const { status, body } = await api.post('/api/v1/events', Array.from({ length: 10 }, nextEvent));
      if (status !== 202) continue;
      accepted.push(...acceptedSchema.parse(body).ids.flatMap((id) => id ?? []));
      await Promise.race([arrivals(random.between(0, 10)), gone]);
    } catch {
      // What it did not answer it did not promise.
      return accepted;
    }
  }
}

test(`after ${rounds} kills under load every accepted event comes to its end at every webhook, and what comes twice comes under its id (FAULT_SEED=${random.seed})`, async ({
  annotate,
}) => {
  const first = await spawnStack(options());
  const api = createApiClient(first.apiUrl, first.apiKey);
  const webhookIds = [
    await createWebhook(api, '/steady'),
    await createWebhook(api, '/moody', { retry_schedule: [0, 0, 1, 1, 1], failure_threshold: 1000 }),
    await createWebhook(api, '/parked', { enabled: false }),
    await createWebhook(api, '/filtered', { filter: { data: { never: [{ exists: true }] } } }),
    await createWebhook(api, '/gathered', { coalesce: { window_seconds: 1, key: '{event_name}' } }),
  ];
  receiver.answer('/moody', (_, response) => {
    response.writeHead(random.happens(0.3) ? 500 : 200).end();
  });

  const accepted: string[] = [];
  let stack: SpawnedStack | undefined = first;
  for (let round = 1; round <= rounds; round++) {
    if (stack === undefined && random.happens(0.5)) {
      // Before it is ready, in the midst of taking up what was left.
      await startAndKill(options(), random.between(100, 1200));
      continue;
    }
    stack ??= await spawnStack(options());
    const gone = Promise.withResolvers<void>();
    const publishing = publishUntilGone(createApiClient(stack.apiUrl, stack.apiKey), gone.promise);
    await arrivals(random.between(0, 60));
    await stack.kill();
    gone.resolve();
    stack = undefined;
    accepted.push(...(await publishing));
  }
  const last = await spawnStack(options());
  expect(new Set(accepted).size).toBe(accepted.length);

  const deliveries = await waitUntilFinal(
    createApiClient(last.apiUrl, last.apiKey),
    { eventIds: accepted, webhookIds },
    { timeoutMs: 60_000 },
  );
  const wanted = new Set(accepted);
  const statesAt = (index: number) =>
    new Set(
      deliveries
        .filter(({ webhook_id, event_id }) => webhook_id === webhookIds[index] && wanted.has(event_id))
        .map(({ state }) => state),
    );
  expect(statesAt(0)).toEqual(new Set(['delivered']));
  expect(statesAt(2)).toEqual(new Set(['parked']));
  expect(statesAt(3)).toEqual(new Set(['filtered']));
  for (const path of ['/steady', '/moody']) {
    const { items: arrived, ambiguous, repeats } = countArrivals(receiver.received(path));
    expect(arrived.size).toBeGreaterThanOrEqual(accepted.length);
    expect(ambiguous).toEqual([]);
    await annotate(`${path}: ${repeats} of ${arrived.size + repeats} requests were repeats`);
  }
  expect(await last.stop()).toBe(0);
}, 180_000);
