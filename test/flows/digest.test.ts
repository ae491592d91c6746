import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stackName } from '../../cdk/build-app.ts';
import { catalog } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import { createEvent } from '../../shared/event.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { createEventId } from '../../shared/ids.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
let bus: EventBridgeClient;
beforeAll(async () => {
  running = await startTestStack();
  bus = new EventBridgeClient({
    endpoint: running.stack.awsEndpoint,
    region: 'us-east-1',
    credentials: running.stack.awsCredentials,
  });
});
afterAll(async () => {
  bus.destroy();
  await running.stop();
});

const windowMs = 1_000;
/** Time for more than a thousand events on a machine that has much else to do. */
const aheadMs = 10_000;
/** The start of a window that is still to come, so that its events are all there before it is over. */
const nextWindow = (): number => Math.ceil((Date.now() + aheadMs) / windowMs) * windowMs;

const eventOf = (eventName: EventName, atMs: number, series_title = 'Frieren'): CatalogEvent =>
  createEvent({ id: createEventId(atMs), tenant: 'default', eventName, data: { series_title } }, atMs);

/** Puts events on the bus at the times that they bear, which the API would choose itself. */
async function put(events: readonly CatalogEvent[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(events.length / 10) }, (_, index) =>
    events.slice(index * 10, index * 10 + 10),
  );
  await Promise.all(
    batches.map(async (batch) => {
      const { FailedEntryCount } = await bus.send(
        new PutEventsCommand({
          Entries: batch.map((event) => ({
            EventBusName: stackName,
            Source: 'sublarr.events',
            DetailType: event.event_name,
            Detail: JSON.stringify(event),
          })),
        }),
      );
      expect(FailedEntryCount).toBe(0);
    }),
  );
}

/** Each test has an event name of its own, so that they may run side by side. */
async function create(event_name: EventName, fields: Record<string, unknown> = {}) {
  const { status, body } = await running.api.post('/api/v1/webhooks', {
    name: event_name,
    event_name,
    url: running.receiver.url(`/${event_name}`),
    coalesce: { window_seconds: windowMs / 1000, key: '{event_name} {data.series_title}' },
    ...fields,
  });
  expect(status).toBe(201);
  return body;
}

interface Coalesced {
  readonly count: number;
  readonly first_timestamp: string;
  readonly last_timestamp: string;
  readonly event_ids: readonly string[];
}
const requestsOf = (name: EventName) => running.receiver.received(`/${name}`);
const bodiesOf = (name: EventName): { timestamp: string; data: Record<string, unknown>; of: Coalesced }[] =>
  requestsOf(name).map(({ body }) => {
    const { timestamp, data } = JSON.parse(body);
    return { timestamp, data, of: data.coalesced };
  });

async function logsOf(webhookId: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let cursor = '';
  do {
    const { body } = await running.api.get(`/api/v1/hooks/logs?webhook_id=${webhookId}&limit=200${cursor}`);
    rows.push(...body.logs);
    cursor = body.next_cursor === null ? '' : `&cursor=${encodeURIComponent(body.next_cursor)}`;
  } while (cursor !== '');
  return rows;
}

describe.concurrent('a webhook that gathers its events', () => {
  test('gets a first scan of 1 000 as one message, and the log leads from each of them to it', async ({
    expect,
  }) => {
    const name = 'subtitle_downloaded';
    const webhook = await create(name);
    const startMs = nextWindow();
    const events = Array.from({ length: 1_000 }, (_, index) => eventOf(name, startMs + index));
    await put(events);
    const [execution] = await running.waitForExecutions(webhook.id, 1);

    const [first, last] = [events[0], events.at(-1)];
    expect(requestsOf(name).map(({ headers }) => headers['webhook-id'])).toEqual([first?.id]);
    expect(execution?.event_id).toBe(first?.id);
    const [body] = bodiesOf(name);
    expect(body).toMatchObject({
      timestamp: last?.timestamp,
      data: { series_title: 'Frieren' },
      of: { count: 1_000, first_timestamp: first?.timestamp, last_timestamp: last?.timestamp },
    });
    expect(body?.of.event_ids).toEqual(events.slice(0, 100).map(({ id }) => id));

    const logs = await logsOf(webhook.id);
    const delivered = logs.filter(({ state }) => state === 'delivered');
    expect(delivered).toMatchObject([{ event_id: first?.id, digest: { count: 1_000 } }]);
    const others = logs.filter(({ state }) => state === 'filtered');
    expect(others.map(({ event_id }) => event_id).reverse()).toEqual(events.slice(1).map(({ id }) => id));
    expect(new Set(others.map(({ reason }) => reason))).toEqual(
      new Set([`sent as part of ${String(delivered[0]?.['id'])}`]),
    );
  });

  test('gets one message for each key, and the next window’s as the next message', async ({ expect }) => {
    const name = 'batch_complete';
    const webhook = await create(name);
    const startMs = nextWindow();
    const events = ['Frieren', 'Mushishi', 'Frieren', 'Mushishi', 'Frieren'].map((title, index) =>
      eventOf(name, startMs + index, title),
    );
    await put([...events, eventOf(name, startMs + windowMs)]);
    await running.waitForExecutions(webhook.id, 3);
    const told = bodiesOf(name).map(
      ({ data, of }) => `${String(data['series_title'])} ${of.count} from ${of.first_timestamp}`,
    );
    expect(told.toSorted()).toEqual([
      `Frieren 1 from ${new Date(startMs + windowMs).toISOString()}`,
      `Frieren 3 from ${new Date(startMs).toISOString()}`,
      `Mushishi 2 from ${new Date(startMs + 1).toISOString()}`,
    ]);
  });

  test('gets every event that the API took in exactly one message, whenever they come', async ({
    expect,
  }) => {
    const name = 'config_updated';
    await create(name, { coalesce: { window_seconds: 1, key: '' } });
    const data = catalog[name].sample;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        running.api.post(
          '/api/v1/events',
          Array.from({ length: 10 }, () => ({ event_name: name, data })),
        ),
      ),
    );
    const published = answers.flatMap(({ body }): string[] => body.ids);
    const arrived = (): string[] => bodiesOf(name).flatMap(({ of }) => of.event_ids);
    for (let messages = 1; arrived().length < published.length; messages++) {
      await running.receiver.waitFor(`/${name}`, messages);
    }
    expect(arrived().toSorted()).toEqual(published.toSorted());
  });

  test('gets the events that its filter lets through, and the log tells why not the others', async ({
    expect,
  }) => {
    const name = 'provider_failed';
    const webhook = await create(name, { filter: { data: { series_title: ['Frieren'] } } });
    const startMs = nextWindow();
    const events = ['Frieren', 'Mushishi', 'Frieren'].map((title, index) =>
      eventOf(name, startMs + index, title),
    );
    await put(events);
    await running.waitForExecutions(webhook.id, 1);
    expect(bodiesOf(name).map(({ of }) => of.event_ids)).toEqual([[events[0]?.id, events[2]?.id]]);
    const logs = await logsOf(webhook.id);
    expect(logs.find(({ event_id }) => event_id === events[1]?.id)).toMatchObject({
      state: 'filtered',
      reason: 'data.series_title is "Mushishi"; accepted: "Frieren"',
    });
  });

  test('gets the same message again when it failed, under the same id', async ({ expect }) => {
    const name = 'whisper_failed';
    running.receiver.answer(`/${name}`, (_, response, count) => {
      response.writeHead(count === 1 ? 503 : 200).end();
    });
    const webhook = await create(name, { retry_schedule: [0] });
    const startMs = nextWindow();
    await put([eventOf(name, startMs), eventOf(name, startMs + 1)]);
    await running.waitForExecutions(webhook.id, 1);
    const [one, other] = requestsOf(name);
    expect(other?.body).toBe(one?.body);
    expect(other?.headers['webhook-id']).toBe(one?.headers['webhook-id']);
  });

  test('gets events that come after their window’s message in a further one', async ({ expect }) => {
    const name = 'standalone_file_detected';
    const webhook = await create(name);
    const startMs = nextWindow();
    const early = eventOf(name, startMs);
    await put([early]);
    await running.waitForExecutions(webhook.id, 1);
    const late = eventOf(name, startMs + 1);
    // What comes a second time is told a second time to nobody.
    await put([late, early]);
    await running.waitForExecutions(webhook.id, 2);
    expect(bodiesOf(name).map(({ of }) => of.event_ids)).toEqual([[early.id], [late.id]]);
  });

  test('that is disabled meanwhile has its message parked, and its other events lead there', async ({
    expect,
  }) => {
    const name = 'provider_search_complete';
    const webhook = await create(name);
    const witness = await create(name, { coalesce: null });
    const startMs = nextWindow();
    const [first, second] = [eventOf(name, startMs), eventOf(name, startMs + 1)];
    await put([first, second]);
    // Who got them at once was found together with who gathers them.
    await running.waitForExecutions(witness.id, 2);
    await running.api.put(`/api/v1/webhooks/${webhook.id}`, { enabled: false });
    const rowOf = async ({ id }: CatalogEvent) =>
      (await logsOf(webhook.id)).find(({ event_id }) => event_id === id);
    await vi.waitUntil(async () => (await rowOf(first)) !== undefined, { timeout: 25_000, interval: 200 });
    await expect(rowOf(first)).resolves.toMatchObject({ state: 'parked', reason: 'the webhook is disabled' });
    const parked = await rowOf(first);
    await expect(rowOf(second)).resolves.toMatchObject({
      state: 'filtered',
      reason: `sent as part of ${String(parked?.['id'])}`,
    });
    expect(bodiesOf(name).map(({ of }) => of)).toEqual([undefined, undefined]);
  });

  test('gets its test at once and for itself', async ({ expect }) => {
    const name = 'translation_failed';
    const webhook = await create(name, { coalesce: { window_seconds: 900, key: '' } });
    const { body } = await running.api.post(`/api/v1/webhooks/${webhook.id}/test`, {});
    expect(body.success).toBe(true);
    expect(bodiesOf(name).map(({ of }) => of)).toEqual([undefined]);
  });
});

describe('how events are gathered', () => {
  test('is shown, kept by other changes, and lifted with null', async () => {
    const coalesce = { window_seconds: 60, key: '{data.series_title}' };
    const webhook = await create('subtitle_downloaded', { coalesce, enabled: false });
    expect(webhook.coalesce).toEqual(coalesce);
    const change = async (fields: Record<string, unknown>) =>
      (await running.api.put(`/api/v1/webhooks/${webhook.id}`, fields)).body.coalesce;
    await expect(change({ name: 'other' })).resolves.toEqual(coalesce);
    await expect(change({ coalesce: { window_seconds: 5, key: '' } })).resolves.toEqual({
      window_seconds: 5,
      key: '',
    });
    await expect(change({ coalesce: null })).resolves.toBeNull();
  });

  test('is refused at its place when the key is none', async () => {
    const { status, body } = await running.api.post('/api/v1/webhooks', {
      name: 'broken',
      event_name: '*',
      url: running.receiver.url('/broken'),
      coalesce: { window_seconds: 60, key: 'of {series_title}' },
    });
    expect(status).toBe(422);
    expect(body.details).toEqual([
      {
        field: 'coalesce.key',
        message:
          'at character 4: {series_title} is no field of an event; known: {event_name}, {version}, {data.…}',
      },
    ]);
  });
});
