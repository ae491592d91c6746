import { describe, expect, test } from 'vitest';
import { aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { WebhookId } from '../../shared/ids.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { DeliveryTally, Webhook } from '../../shared/webhook.ts';
import { createSendWebhook } from './send-webhook.ts';

type Sent = QueueMessage;

/** The world around the sender: webhooks by id, and an answer per webhook. */
function world(
  answers: Readonly<Record<string, AttemptResult | Error | number>>,
  overrides: Partial<Parameters<typeof createSendWebhook>[0]> = {},
) {
  const rows: Delivery[][] = [];
  const queued: Sent[] = [];
  const published: CatalogEvent[] = [];
  const tallies: Record<string, DeliveryTally> = {};
  const webhooks: Record<string, Partial<Webhook>> = {};
  const order: string[] = [];
  const log = collectLog();
  const send = createSendWebhook({
    findWebhook: async (_tenant, id) =>
      id === 'wh_deleted' ? undefined : aWebhook({ id, url: `https://${id}.example/`, ...webhooks[id] }),
    openSecret: async () => 'secret',
    post: async ({ url }: SignedPost) => {
      const answer = answers[new URL(url).hostname.replace('.example', '')] ?? 200;
      if (answer instanceof Error) throw answer;
      if (typeof answer !== 'number') return answer;
      return { kind: 'answered', status: answer, retryAfter: undefined, body: '', durationMs: 5 };
    },
    putDeliveries: async (deliveries) => {
      order.push('ledger');
      rows.push([...deliveries]);
    },
    recordTally: async (_tenant, id, tally) => {
      order.push('counters');
      tallies[id] = tally;
    },
    queueDeliveries: async (messages) => {
      order.push('queue');
      queued.push(...messages);
      return [];
    },
    publishEvents: async (events) => {
      order.push('bus');
      published.push(...events);
      return [];
    },
    now: () => noonMs,
    random: () => 0,
    log,
    ...overrides,
  });
  return { send, rows, queued, published, tallies, webhooks, order, log };
}

const received = (webhookId: WebhookId, overrides: Partial<WebhookMessage> = {}) => ({
  messageId: `m-${webhookId}-${overrides.event?.id ?? ''}`,
  body: aWebhookMessage({ webhook_id: webhookId, ...overrides }),
});
const attemptsMade = (count: number) =>
  Array.from({ length: count }, () => ({ at: 'x', duration_ms: 1, status: 500 }));

describe('a batch of deliveries', () => {
  test('is posted in parallel: one receiver that hangs holds up none of the others', async () => {
    const all = Promise.withResolvers<void>();
    let running = 0;
    const { send } = world(
      {},
      {
        post: async () => {
          if (++running === 3) all.resolve();
          await all.promise;
          return { kind: 'answered', status: 200, retryAfter: undefined, body: '', durationMs: 1 };
        },
      },
    );
    await expect(send([received('wh_a'), received('wh_b'), received('wh_c')])).resolves.toEqual([]);
  });

  test('writes every outcome to the ledger in one call, then queues, counts and tells, in this order', async () => {
    const { send, rows, order } = world({ wh_b: 404, wh_c: 500 });
    await send([received('wh_a'), received('wh_b'), received('wh_c')]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.map(({ endpoint_id, state }) => [endpoint_id, state])).toEqual([
      ['wh_a', 'delivered'],
      ['wh_b', 'refused'],
      ['wh_c', 'retrying'],
    ]);
    expect(order).toEqual(['ledger', 'queue', 'counters', 'counters', 'bus']);
  });

  test('queues a failed delivery again with its attempts, its delay, and its webhook as group', async () => {
    const { send, queued } = world({ wh_c: 500 });
    await send([received('wh_a'), received('wh_c')]);
    expect(queued).toMatchObject([{ groupId: 'wh_c', delaySeconds: 2 }]);
    const message = webhookMessageSchema.parse(JSON.parse(queued[0]?.body ?? ''));
    expect(message).toMatchObject({ event: anEvent(), webhook_id: 'wh_c', attempts: [{ status: 500 }] });
  });

  test('writes one log line per delivery, with ids and outcome and without payload or secret', async () => {
    const { send, log } = world({ wh_b: 500 });
    await send([received('wh_a'), received('wh_b')]);
    expect(log.lines).toMatchObject([
      { endpoint_id: 'wh_a', state: 'delivered', status: 200, attempt: 1 },
      { endpoint_id: 'wh_b', state: 'retrying', status: 500, reason: 'HTTP 500' },
    ]);
    expect(JSON.stringify(log.lines)).not.toMatch(/Frieren|secret/);
  });

  test('that only waits on writes no row, no counter and no event', async () => {
    const { send, rows, queued, published, tallies } = world({});
    await send([received('wh_a', { not_before: noonMs + 3_600_000 })]);
    expect({ rows, published, tallies }).toEqual({ rows: [[]], published: [], tallies: {} });
    expect(queued).toMatchObject([{ delaySeconds: 900 }]);
  });
});

describe('hook_executed', () => {
  test('is published once for every finished delivery, and never while one is retried', async () => {
    const { send, published } = world({ wh_b: 404, wh_c: 500 });
    await send([
      received('wh_a'),
      received('wh_b'),
      received('wh_c'),
      received('wh_c', { event: anEvent({ id: 'e2' }), attempts: attemptsMade(3) }),
    ]);
    expect(published.map(({ event_name, data }) => [event_name, data['webhook_id'], data['state']])).toEqual([
      ['hook_executed', 'wh_a', 'delivered'],
      ['hook_executed', 'wh_b', 'refused'],
      ['hook_executed', 'wh_c', 'exhausted'],
    ]);
    expect(published[0]?.data).toMatchObject({ success: true, event_name: 'subtitle_downloaded' });
    expect(new Set(published.map(({ id }) => id)).size).toBe(3);
  });

  test('is not published for what was parked or filtered without an attempt', async () => {
    const { send, published, webhooks, rows } = world({});
    webhooks['wh_off'] = { enabled: false };
    await send([received('wh_off'), received('wh_deleted')]);
    expect(rows.flat().map(({ state }) => state)).toEqual(['parked', 'filtered']);
    expect(published).toEqual([]);
  });

  test('that the bus does not take fails no delivery', async () => {
    const { send, log } = world(
      {},
      { publishEvents: async (events) => events.map((event) => ({ event, reason: 'Throttled' })) },
    );
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', failed: 1, reason: 'Throttled' }),
    );
  });
});

describe('the counters', () => {
  test('take one write per webhook and batch', async () => {
    const { send, tallies, order } = world({ wh_b: 404 });
    const event = (id: string) => ({ event: anEvent({ id }) });
    await send([received('wh_b', event('1')), received('wh_b', event('2')), received('wh_a', event('3'))]);
    expect(order.filter((step) => step === 'counters')).toHaveLength(2);
    expect(tallies).toMatchObject({
      wh_b: { finished: 2, trailingFailures: 2, anySuccess: false, last: { statusCode: 404 } },
      wh_a: { finished: 1, trailingFailures: 0, anySuccess: true },
    });
  });

  test('count neither a retry under way nor what was parked or filtered', async () => {
    const { send, tallies, webhooks } = world({ wh_c: 500 });
    webhooks['wh_off'] = { enabled: false };
    await send([
      received('wh_c'),
      received('wh_off', { attempts: attemptsMade(1) }),
      received('wh_deleted', { attempts: attemptsMade(1) }),
    ]);
    expect(tallies).toEqual({});
  });

  test('that cannot be written fail no delivery and keep hook_executed from nobody', async () => {
    const { send, log, published } = world(
      {},
      { recordTally: async () => Promise.reject(new Error('down')) },
    );
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'counters not written' }),
    );
    expect(published).toHaveLength(1);
  });
});

describe('a fault of ours', () => {
  test('in one delivery brings back that message alone', async () => {
    const { send, rows, log } = world({ wh_b: new Error('KMS out of reach') });
    await expect(send([received('wh_a'), received('wh_b')])).resolves.toEqual(['m-wh_b-']);
    expect(rows.flat().map(({ endpoint_id }) => endpoint_id)).toEqual(['wh_a']);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', endpoint_id: 'wh_b' }));
  });

  test('in queueing brings back exactly the messages whose retry is not queued', async () => {
    const { send } = world(
      { wh_b: 500, wh_c: 500 },
      { queueDeliveries: async (messages) => messages.filter(({ groupId }) => groupId === 'wh_c') },
    );
    await expect(send([received('wh_a'), received('wh_b'), received('wh_c')])).resolves.toEqual(['m-wh_c-']);
  });

  test('that the queue is out of reach brings back the retries, but nothing that was delivered', async () => {
    const { send, tallies, published, log } = world(
      { wh_b: 500 },
      { queueDeliveries: async () => Promise.reject(new Error('queue down')) },
    );
    await expect(send([received('wh_a'), received('wh_b')])).resolves.toEqual(['m-wh_b-']);
    expect(Object.keys(tallies)).toEqual(['wh_a']);
    expect(published).toHaveLength(1);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'retries not queued' }),
    );
  });

  test('that the ledger is out of reach brings back the whole batch: no outcome goes unrecorded', async () => {
    const { send, queued, published } = world(
      { wh_b: 500 },
      { putDeliveries: async () => Promise.reject(new Error('ledger down')) },
    );
    await expect(send([received('wh_a'), received('wh_b')])).rejects.toThrow('ledger down');
    expect({ queued, published }).toEqual({ queued: [], published: [] });
  });
});
