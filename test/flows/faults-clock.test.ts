import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { startStack } from '../../local/start-stack.ts';
import type { RunningStack } from '../../local/start-stack.ts';
import { catalog } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import { eventAnswerSchema } from '../../shared/ledger-answers.ts';
import { createApiClient } from '../support/api-client.ts';
import type { ApiClient } from '../support/api-client.ts';
import { countArrivals } from '../support/count-arrivals.ts';
import { waitUntilFinal } from '../support/read-deliveries.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { seedRandom } from '../support/seeded-random.ts';
import { createSkewedClock } from '../support/skewed-clock.ts';

const hourMs = 3_600_000;
/** A message that is at work when its queue's clock goes forwards comes again at once; none is at work for longer. */
const atWorkMs = 1_000;
const random = seedRandom();
/** The clock of the queues and tables; the functions and the receiver go by the machine's. */
const clock = createSkewedClock();

let stack: RunningStack;
let api: ApiClient;
let sqs: SQSClient;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  stack = await startStack({ port: 0, log: () => undefined, clock });
  api = createApiClient(stack.apiUrl, stack.apiKey);
  sqs = new SQSClient({
    endpoint: stack.awsEndpoint,
    region: stack.region,
    credentials: stack.awsCredentials,
  });
});
afterAll(async () => {
  sqs.destroy();
  await stack.stop();
  await receiver.close();
});

async function createWebhook(event_name: EventName, path: string, fields: Record<string, unknown> = {}) {
  const { status, body } = await api.post('/api/v1/webhooks', {
    name: path,
    event_name,
    url: receiver.url(path),
    ...fields,
  });
  expect(status).toBe(201);
  return z.object({ id: z.string() }).parse(body).id;
}

async function publish(event_name: EventName, extra: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await api.post('/api/v1/events', {
    event_name,
    data: { ...catalog[event_name].sample, ...extra },
  });
  expect(status).toBe(202);
  return z.object({ id: z.string() }).parse(body).id;
}

test(`queues whose clock jumps by hours, forwards and backwards, lose nothing and send nothing earlier than the jumps explain (FAULT_SEED=${random.seed})`, async () => {
  const waitsSeconds = [1, 2, 1];
  const webhookIds = [
    await createWebhook('wanted_item_processed', '/steady'),
    await createWebhook('wanted_item_processed', '/moody', { retry_schedule: waitsSeconds }),
    await createWebhook('wanted_item_processed', '/gathered', {
      coalesce: { window_seconds: 1, key: '{event_name}' },
    }),
  ];
  const jumps: { readonly at: number; readonly ms: number }[] = [];
  const jump = (ms: number): void => {
    jumps.push({ at: performance.now(), ms });
    clock.jump(ms);
  };
  const attempts = new Map<unknown, number[]>();
  receiver.answer('/moody', ({ headers }, response) => {
    const id = headers['webhook-id'];
    attempts.set(id, [...(attempts.get(id) ?? []), performance.now()]);
    response.writeHead(random.happens(0.4) ? 500 : 200).end();
  });

  const eventIds: string[] = [];
  for (let turn = 0; turn < 60; turn++) {
    eventIds.push(await publish('wanted_item_processed', { item_id: turn }));
    if (turn % 10 === 9) jump(random.oneOf([-1, 1]) * random.between(1, 5 * hourMs));
    // Some turns catch up with what is on its way, others run ahead of it.
    await receiver.waitFor('/steady', random.between(0, turn + 1));
  }
  // What a clock that went back holds up comes when it is right again.
  jump(Math.max(0, -clock.skewMs()) + 10 * hourMs);
  await waitUntilFinal(api, { eventIds, webhookIds }, { timeoutMs: 40_000, onStill: () => jump(hourMs) });

  for (const path of ['/steady', '/moody']) {
    const { items, ambiguous } = countArrivals(receiver.received(path));
    expect(items.size).toBe(eventIds.length);
    expect(ambiguous).toEqual([]);
  }
  for (const times of attempts.values()) {
    for (const [index, at] of times.slice(1).entries()) {
      const before = times[index] ?? 0;
      const isExplained = jumps.some((each) => each.ms > 0 && each.at > before - atWorkMs && each.at < at);
      if (!isExplained) expect(at - before).toBeGreaterThanOrEqual((waitsSeconds[index] ?? 0) * 1000);
    }
  }
}, 60_000);

test('every attempt is signed with the time at which it is made, whatever the queues believe', async () => {
  const seen: { readonly toldMs: number; readonly realMs: number }[] = [];
  receiver.answer('/fresh', ({ headers }, response, count) => {
    seen.push({ toldMs: Number(headers['webhook-timestamp']) * 1000, realMs: Date.now() });
    response.writeHead(count < 4 ? 500 : 200).end();
  });
  const webhookId = await createWebhook('upgrade_complete', '/fresh', { retry_schedule: [1, 1, 1] });
  const eventId = await publish('upgrade_complete');
  for (const [attempt, ms] of [5 * hourMs, -7 * hourMs, 9 * hourMs].entries()) {
    await receiver.waitFor('/fresh', attempt + 1);
    clock.jump(ms);
    // A clock that went back makes the wait longer: it is put right again.
    if (ms < 0) clock.jump(-ms);
  }
  await waitUntilFinal(
    api,
    { eventIds: [eventId], webhookIds: [webhookId] },
    { timeoutMs: 20_000, onStill: () => clock.jump(hourMs) },
  );
  expect(seen.length).toBeGreaterThanOrEqual(4);
  for (const { toldMs, realMs } of seen) {
    // Whole seconds, cut.
    expect(realMs - toldMs).toBeGreaterThanOrEqual(0);
    expect(realMs - toldMs).toBeLessThan(5_000);
  }
});

test('a wait of hours is kept by the functions themselves when the clock of the queues runs ahead', async () => {
  receiver.answer('/patient', (_, response, count) => {
    response.writeHead(count === 1 ? 503 : 200).end();
  });
  await createWebhook('batch_complete', '/patient', { retry_schedule: [3 * 3600] });
  await createWebhook('batch_complete', '/beside');
  const eventId = await publish('batch_complete');
  await receiver.waitFor('/beside', 1);

  const countDelayed = async (): Promise<number> => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: stack.resources.queueUrls['sublarr-events-webhook-deliveries'],
        AttributeNames: ['ApproximateNumberOfMessagesDelayed'],
      }),
    );
    return Number(Attributes?.['ApproximateNumberOfMessagesDelayed']);
  };
  for (let hop = 1; hop <= 5; hop++) {
    await vi.waitFor(async () => expect(await countDelayed()).toBe(1), { timeout: 10_000 });
    clock.jump(hourMs);
    // Whoever is woken so finds that it is too early, and waits on.
    await publish('batch_complete');
    await receiver.waitFor('/beside', 1 + hop);
  }
  expect(
    receiver.received('/patient').filter(({ headers }) => headers['webhook-id'] === eventId),
  ).toHaveLength(1);
  const { body } = await api.get(`/api/v1/events/${eventId}`);
  const row = eventAnswerSchema.parse(body).deliveries.find(({ name }) => name === '/patient');
  expect(row).toMatchObject({ state: 'retrying', attempt_count: 1 });
  const waitMs = Date.parse(row?.retrying_until ?? '') - Date.parse(row?.attempts[0]?.at ?? '');
  expect(waitMs).toBeGreaterThanOrEqual(3 * hourMs);
});
