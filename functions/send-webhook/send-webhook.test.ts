import { describe, expect, test } from 'vitest';
import { aDelivery, anAttempt, aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aReceived } from '../../test/builders/a-received.ts';
import { aSigning } from '../../test/builders/a-signing.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { WebhookNews } from '../../shared/aws/webhook-table.ts';
import { lateAnswerMs, slowLaneFirstMs, slowLaneMs } from '../../shared/limits.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { WebhookId } from '../../shared/ids.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { Lane } from './admit-delivery.ts';
import type { Limited } from './keep-limits.ts';
import { createSendWebhook } from './send-webhook.ts';

type Answer = AttemptResult | Error | number | Promise<number>;
type Dependencies = Parameters<typeof createSendWebhook>[0];

/** The world around the sender: webhooks by id, and an answer per webhook. */
function world(answers: Readonly<Record<string, Answer>> = {}, overrides: Partial<Dependencies> = {}) {
  const rows: Delivery[] = [];
  const queued: (QueueMessage & { readonly lane: Lane })[] = [];
  const published: CatalogEvent[] = [];
  const news: Record<string, WebhookNews> = {};
  const webhooks: Record<string, Partial<Webhook>> = {};
  const known: Delivery[] = [];
  const remembered: Webhook[] = [];
  const marked: [string, number][] = [];
  const posts: string[] = [];
  const order: string[] = [];
  const released: string[] = [];
  const log = collectLog();
  const step = (name: string): void => void order.push(name);
  const dependencies: Dependencies = {
    readBatch: async () => ({
      webhookOf: ({ webhook_id: id }) =>
        id === 'wh_deleted'
          ? undefined
          : aWebhook({ id, url: `https://${id.replace('_', '-')}.example/`, ...webhooks[id] }),
      deliveryOf: ({ event, webhook_id: id }) =>
        known.find((row) => row.event_id === event.id && row.endpoint_id === id),
    }),
    keepLimits: async (go): Promise<Limited> => ({
      go,
      later: [],
      release: async () => void released.push('released'),
    }),
    health: {
      record: async (told) => {
        step('counters');
        news[told.id] = told;
        return aWebhook({ id: told.id, trigger_count: 7 });
      },
      claimProbe: async (_webhook, circuit, holdMs) => ({ ...circuit, until: noonMs + holdMs }),
      markLate: async ({ id }, untilMs) => void marked.push([id, untilMs]),
    },
    onWebhook: (webhook) => remembered.push(webhook),
    openSigning: async () => aSigning('secret'),
    post: async ({ url }: SignedPost) => {
      const id = new URL(url).hostname.replace('.example', '').replace('-', '_');
      posts.push(id);
      const answer = await (answers[id] ?? 200);
      if (answer instanceof Error) throw answer;
      if (typeof answer !== 'number') return answer;
      return { kind: 'answered', status: answer, retryAfter: undefined, body: '', durationMs: 5 };
    },
    putDeliveries: async (deliveries) => {
      if (deliveries.length > 0) step('ledger');
      rows.push(...deliveries);
    },
    advanceDeliveries: async (deliveries) => {
      if (deliveries.length > 0) step('ledger');
      rows.push(...deliveries);
    },
    queueDeliveries: async (lane, messages) => {
      step('queue');
      queued.push(...messages.map((message) => ({ ...message, lane })));
      return [];
    },
    publishEvents: async (events) => {
      step('bus');
      published.push(...events);
      return [];
    },
    pause: async (_ms, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    now: () => noonMs,
    random: () => 0,
    log,
    ...overrides,
  };
  const send = createSendWebhook(dependencies);
  return {
    send: (messages: Parameters<typeof send>[0], lane: Lane = 'fast') => send(messages, lane),
    rows,
    queued,
    published,
    news,
    webhooks,
    known,
    remembered,
    marked,
    posts,
    order,
    released,
    log,
    states: () => rows.map(({ endpoint_id, state }) => [endpoint_id, state]),
  };
}

const received = (webhookId: WebhookId, overrides: Partial<WebhookMessage> = {}) =>
  aReceived(aWebhookMessage({ webhook_id: webhookId, ...overrides }), {
    messageId: `m-${webhookId}-${overrides.event?.id ?? ''}`,
  });
const attemptsMade = (count: number) => Array.from({ length: count }, () => anAttempt({ status: 500 }));
const event = (id: string) => ({ event: anEvent({ id }) });
const bodyOf = (message: QueueMessage | undefined) =>
  webhookMessageSchema.parse(JSON.parse(message?.body ?? ''));

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

  test('queues what goes on, then writes the ledger, then counts, then tells: in this order', async () => {
    const { send, states, order } = world({ wh_b: 404, wh_c: 500 });
    await send([received('wh_a'), received('wh_b'), received('wh_c')]);
    expect(states()).toEqual([
      ['wh_a', 'delivered'],
      ['wh_b', 'refused'],
      ['wh_c', 'retrying'],
    ]);
    expect([...new Set(order)]).toEqual(['queue', 'ledger', 'counters', 'bus']);
    expect(order).toEqual(order.toSorted((a, b) => steps.indexOf(a) - steps.indexOf(b)));
  });
  const steps = ['queue', 'ledger', 'counters', 'bus'];

  test('writes what arrived as it is, and what a final state outweighs only where there is none', async () => {
    const put: string[] = [];
    const advanced: string[] = [];
    const { send, webhooks } = world(
      { wh_b: 404, wh_c: 500 },
      {
        putDeliveries: async (rows) => void put.push(...rows.map(({ state }) => state)),
        advanceDeliveries: async (rows) => void advanced.push(...rows.map(({ state }) => state)),
      },
    );
    webhooks['wh_off'] = { enabled: false };
    await send(['wh_a', 'wh_b', 'wh_c', 'wh_off', 'wh_deleted'].map((id) => received(id as WebhookId)));
    expect(put).toEqual(['delivered']);
    expect(advanced.sort()).toEqual(['filtered', 'parked', 'refused', 'retrying']);
  });

  test('queues a failed delivery again with its attempts, its delay, and its webhook as group', async () => {
    const { send, queued } = world({ wh_c: 500 });
    await send([received('wh_a'), received('wh_c')]);
    expect(queued).toMatchObject([{ lane: 'fast', groupId: 'wh_c', delaySeconds: 2 }]);
    expect(bodyOf(queued[0])).toMatchObject({
      event: anEvent(),
      webhook_id: 'wh_c',
      attempts: [{ status: 500 }],
    });
  });

  test('writes one log line that tells of each delivery, with ids and outcome and without payload or secret', async () => {
    const { send, log } = world({ wh_b: 500 });
    await send([received('wh_a'), received('wh_b')]);
    expect(log.lines).toMatchObject([
      {
        level: 'info',
        count: 2,
        deliveries: [
          { endpoint_id: 'wh_a', state: 'delivered', status: 200, attempt: 1 },
          { endpoint_id: 'wh_b', state: 'retrying', status: 500, reason: 'HTTP 500' },
        ],
      },
    ]);
    expect(JSON.stringify(log.lines)).not.toMatch(/Frieren|secret/);
  });

  test('of nothing does nothing', async () => {
    const { send, order } = world();
    await expect(send([])).resolves.toEqual([]);
    expect(order).toEqual([]);
  });
});

describe('a message that is not due yet', () => {
  test.each([
    [1, 1],
    [1_500, 2],
    [900_000, 900],
    [3_600_000, 900],
  ])('by %i ms waits %i s more, and neither reads nor writes anything', async (waitMs, delaySeconds) => {
    const { send, queued, order, log } = world(
      {},
      { readBatch: async () => Promise.reject(new Error('not to be read')) },
    );
    const not_before = noonMs + waitMs;
    await expect(send([received('wh_a', { not_before, has_slot: true })], 'slow')).resolves.toEqual([]);
    expect(order).toEqual(['queue']);
    expect(queued).toMatchObject([{ delaySeconds, lane: 'slow' }]);
    const { not_before: stays, ...message } = bodyOf(queued[0]);
    expect(stays).toBe(waitMs > 900_000 ? not_before : undefined);
    expect(message).toEqual(aWebhookMessage({ webhook_id: 'wh_a', has_slot: true }));
    expect(log.lines).toEqual([]);
  });

  test('is sent when it is, although it once was not', async () => {
    const { send, posts } = world();
    await send([received('wh_a', { not_before: noonMs })]);
    expect(posts).toEqual(['wh_a']);
  });
});

describe('what the ledger knows', () => {
  test('as delivered is never posted again, nor queued, written, counted or told of', async () => {
    const { send, posts, order, known } = world();
    known.push(aDelivery({ endpoint_id: 'wh_a' }));
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect({ posts, order }).toEqual({ posts: [], order: [] });
  });

  test('is sent anew when it is asked for by a later round, which its row and its retries keep', async () => {
    const { send, posts, rows, queued, known } = world({ wh_a: 500 });
    known.push(aDelivery({ endpoint_id: 'wh_a', attempts: attemptsMade(4), state: 'exhausted' }));
    const anew = { round: 1, attempts: attemptsMade(4), attempts_before: 4 };
    await send([received('wh_a', anew)]);
    expect(posts).toEqual(['wh_a']);
    expect(rows).toMatchObject([{ state: 'retrying', round: 1, attempts: { length: 5 } }]);
    expect(bodyOf(queued[0])).toMatchObject({ round: 1, attempts_before: 4, attempts: { length: 5 } });
  });

  test('twice in a batch is posted once: of two messages about a delivery the furthest stands', async () => {
    const { send, posts, rows } = world();
    const attempts = attemptsMade(2);
    await send([received('wh_a'), received('wh_a', { attempts }), received('wh_a'), received('wh_b')]);
    expect(posts).toEqual(['wh_a', 'wh_b']);
    expect(rows[0]?.attempts).toHaveLength(3);
  });
});

describe('a webhook that is there no more', () => {
  test('or is disabled gets nothing; its deliveries are closed with the attempts that were made, and say why', async () => {
    const { send, rows, posts, queued, webhooks } = world();
    webhooks['wh_off'] = { enabled: false };
    await send([received('wh_off', { attempts: attemptsMade(1), round: 1 }), received('wh_deleted')]);
    expect(posts).toEqual([]);
    expect(queued).toEqual([]);
    expect(rows).toMatchObject([
      { state: 'parked', reason: 'the webhook is disabled', attempts: { length: 1 }, round: 1 },
      { state: 'filtered', reason: 'the webhook was deleted', attempts: [] },
    ]);
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
    const { send, published, webhooks } = world();
    webhooks['wh_off'] = { enabled: false };
    await send([received('wh_off'), received('wh_deleted')]);
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

  test('that cannot be published at all fails no delivery', async () => {
    const { send, log } = world({}, { publishEvents: async () => Promise.reject(new Error('bus down')) });
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', failed: 1 }));
  });
});

describe('the counters', () => {
  test('take one write per webhook and batch, and whoever reads webhooks from memory is told what it answers', async () => {
    const { send, news, order, remembered } = world({ wh_b: 404 });
    await send([received('wh_b', event('1')), received('wh_b', event('2')), received('wh_a', event('3'))]);
    expect(order.filter((step) => step === 'counters')).toHaveLength(2);
    expect(news).toMatchObject({
      wh_b: { tally: { finished: 2, trailingFailures: 2, anySuccess: false, last: { statusCode: 404 } } },
      wh_a: { tally: { finished: 1, trailingFailures: 0, anySuccess: true } },
    });
    expect(remembered.map(({ id }) => id).sort()).toEqual(['wh_a', 'wh_b']);
  });

  test('count an attempt that is tried again as no failed delivery, and know nothing of what was not attempted', async () => {
    const { send, news, webhooks } = world({ wh_c: 500 });
    webhooks['wh_off'] = { enabled: false };
    await send([
      received('wh_c'),
      received('wh_off', { attempts: attemptsMade(1) }),
      received('wh_deleted', { attempts: attemptsMade(1) }),
    ]);
    expect(Object.keys(news)).toEqual(['wh_c']);
    expect(news['wh_c']?.tally).toMatchObject({ finished: 0, trailingFailures: 0, failedAttempts: 1 });
  });

  test.each<[AttemptResult, Partial<WebhookNews>]>([
    [
      { kind: 'answered', status: 429, retryAfter: '30', body: '', durationMs: 1 },
      { slowDownMs: 30_000, disable: undefined },
    ],
    [
      { kind: 'answered', status: 502, retryAfter: undefined, body: '', durationMs: 1 },
      { slowDownMs: 0, disable: undefined },
    ],
    [
      { kind: 'answered', status: 410, retryAfter: undefined, body: '', durationMs: 1 },
      { slowDownMs: undefined, disable: expect.stringMatching(/410 Gone/) },
    ],
    [
      {
        kind: 'answered',
        status: 200,
        retryAfter: undefined,
        instruction: 'disable',
        body: '',
        durationMs: 1,
      },
      { slowDownMs: undefined, disable: expect.stringMatching(/webhook-delivery: disable/) },
    ],
  ])('are told what a receiver asks for: %j', async (answer, expected) => {
    const { send, news } = world({ wh_a: answer });
    await send([received('wh_a')]);
    expect(news['wh_a']).toMatchObject(expected);
  });

  test('that cannot be written fail no delivery and keep hook_executed from nobody', async () => {
    const { send, log, published } = world(
      {},
      {
        health: {
          record: async () => Promise.reject(new Error('down')),
          claimProbe: async () => undefined,
          markLate: async () => undefined,
        },
      },
    );
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'counters not written' }),
    );
    expect(published).toHaveLength(1);
  });
});

describe('an endpoint that is left alone', () => {
  const circuit = { until: noonMs, level: 2, reason: 'failing' } as const;

  test('is probed by one delivery of a batch, and what that came to is told', async () => {
    const { send, posts, news, queued, webhooks } = world();
    webhooks['wh_a'] = { circuit };
    await send([received('wh_a', event('1')), received('wh_a', event('2')), received('wh_b')]);
    expect(posts.sort()).toEqual(['wh_a', 'wh_b']);
    const held = { ...circuit, until: noonMs + 25_000 };
    expect(news['wh_a']?.probed).toEqual({ circuit: held, isAlive: true });
    expect(news['wh_b']?.probed).toBeUndefined();
    expect(queued).toMatchObject([{ groupId: 'wh_a', delaySeconds: 25 }]);
  });

  test('and still is keeps its deliveries waiting, which takes no attempt and no place in line', async () => {
    const { send, posts, rows, queued, webhooks } = world();
    webhooks['wh_a'] = { circuit: { ...circuit, until: noonMs + 40_000 } };
    await send([received('wh_a', { has_slot: true, attempts: attemptsMade(1) })]);
    expect(posts).toEqual([]);
    expect(queued).toMatchObject([{ delaySeconds: 40 }]);
    expect(bodyOf(queued[0])).toEqual(aWebhookMessage({ webhook_id: 'wh_a', attempts: attemptsMade(1) }));
    expect(rows).toMatchObject([
      { state: 'retrying', retrying_until: new Date(noonMs + 40_000).toISOString(), attempts: { length: 1 } },
    ]);
  });

  test('makes those whose row there is wait without another write', async () => {
    const { send, order, webhooks, known } = world();
    webhooks['wh_a'] = { circuit: { ...circuit, until: noonMs + 40_000 } };
    known.push(aDelivery({ endpoint_id: 'wh_a', state: 'retrying', attempts: [] }));
    await send([received('wh_a')]);
    expect(order).toEqual(['queue']);
  });

  test('for a day is asked after within what a queue delays, and the ledger tells the day', async () => {
    const untilMs = noonMs + 86_400_000;
    const { send, queued, rows, webhooks } = world({}, { random: () => 0.999 });
    webhooks['wh_a'] = { circuit: { ...circuit, until: untilMs } };
    await send([received('wh_a')]);
    expect(queued[0]?.delaySeconds).toBeLessThanOrEqual(900);
    expect(bodyOf(queued[0])).not.toHaveProperty('not_before');
    expect(rows[0]?.retrying_until).toBe(new Date(untilMs).toISOString());
  });

  test('whose probe is another’s makes all wait', async () => {
    const { send, posts, queued, webhooks } = world(
      {},
      {
        health: {
          record: async () => undefined,
          claimProbe: async () => undefined,
          markLate: async () => undefined,
        },
      },
    );
    webhooks['wh_a'] = { circuit };
    await send([received('wh_a', event('1')), received('wh_a', event('2'))]);
    expect(posts).toEqual([]);
    expect(queued).toHaveLength(2);
  });
});

describe('a receiver that lets us wait', () => {
  test('holds up the ledger of none of the others, and is marked once, whatever it is sent', async () => {
    const slow = Promise.withResolvers<number>();
    const firstWave = Promise.withResolvers<void>();
    const { send, rows, marked, remembered, states, released } = world(
      { wh_slow: slow.promise },
      {
        pause: async () => undefined,
        publishEvents: async () => {
          firstWave.resolve();
          return [];
        },
      },
    );
    const sending = send([
      received('wh_a'),
      received('wh_slow', event('1')),
      received('wh_slow', event('2')),
    ]);
    await firstWave.promise;
    expect(states()).toEqual([['wh_a', 'delivered']]);
    expect(marked).toEqual([['wh_slow', noonMs + slowLaneFirstMs]]);
    expect(remembered).toContainEqual(
      expect.objectContaining({ id: 'wh_slow', late_until: noonMs + slowLaneFirstMs }),
    );
    expect(released).toEqual([]);
    slow.resolve(200);
    await expect(sending).resolves.toEqual([]);
    expect(rows).toHaveLength(3);
    expect(released).toEqual(['released']);
  });

  test.each([
    [slowLaneMs / 2 + 1, []],
    [slowLaneMs / 2, [['wh_slow', noonMs + slowLaneMs]]],
  ])('and was marked for %i ms more is marked again at half of its time', async (leftMs, expected) => {
    const slow = Promise.withResolvers<number>();
    const { send, marked, webhooks } = world(
      { wh_slow: slow.promise },
      {
        pause: async () => {
          setImmediate(() => slow.resolve(200));
        },
      },
    );
    webhooks['wh_slow'] = { late_until: noonMs + leftMs };
    await send([received('wh_slow')], 'slow');
    expect(marked).toEqual(expected);
  });

  test('and cannot be marked is a warning and no failure', async () => {
    const slow = Promise.withResolvers<number>();
    const { send, log, rows } = world(
      { wh_slow: slow.promise },
      {
        pause: async () => {
          setImmediate(() => slow.resolve(200));
        },
        health: {
          record: async () => undefined,
          claimProbe: async () => undefined,
          markLate: async () => Promise.reject(new Error('down')),
        },
      },
    );
    await expect(send([received('wh_slow')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', endpoint_id: 'wh_slow' }));
    expect(rows).toHaveLength(1);
  });

  test('gets what follows by the slow lane, where it stays', async () => {
    const { send, queued, posts, webhooks, rows } = world({ wh_slow: 500 });
    webhooks['wh_slow'] = { late_until: noonMs + 1 };
    const message = received('wh_slow', { has_slot: true });
    await send([message], 'fast');
    expect({ posts, rows }).toEqual({ posts: [], rows: [] });
    expect(queued).toMatchObject([{ lane: 'slow', delaySeconds: 0 }]);
    expect(bodyOf(queued[0])).toEqual(message.body);
    await send([message], 'slow');
    expect(posts).toEqual(['wh_slow']);
    expect(queued[1]).toMatchObject({ lane: 'slow', delaySeconds: 2 });
  });

  test.each([
    [lateAnswerMs - 1, lateAnswerMs - 1, true],
    [lateAnswerMs - 1, lateAnswerMs, false],
  ])('and then answers in %i and %i ms is quick again: %s', async (firstMs, secondMs, isQuickAgain) => {
    const times = [firstMs, secondMs];
    const { send, news, webhooks } = world(
      {},
      {
        post: async () => ({
          kind: 'answered',
          status: 200,
          retryAfter: undefined,
          body: '',
          durationMs: times.pop() ?? 0,
        }),
      },
    );
    webhooks['wh_slow'] = { late_until: noonMs + 1 };
    await send([received('wh_slow', event('1')), received('wh_slow', event('2')), received('wh_a')], 'slow');
    expect(news['wh_slow']?.isQuickAgain).toBe(isQuickAgain);
    expect(news['wh_a']?.isQuickAgain).toBe(false);
  });

  test('until some time ago gets its deliveries by the fast lane again', async () => {
    const { send, posts, webhooks } = world();
    webhooks['wh_a'] = { late_until: noonMs };
    await send([received('wh_a')], 'fast');
    expect(posts).toEqual(['wh_a']);
  });

  test('is waited for also when the others could not be written down: what it answered is', async () => {
    const slow = Promise.withResolvers<number>();
    let isDown = true;
    const arrived: string[] = [];
    const { send } = world(
      { wh_slow: slow.promise },
      {
        pause: async () => undefined,
        putDeliveries: async (rows) => {
          if (isDown && rows.length > 0) {
            isDown = false;
            setImmediate(() => slow.resolve(200));
            throw new Error('ledger down');
          }
          arrived.push(...rows.map(({ endpoint_id }) => endpoint_id));
        },
      },
    );
    await expect(send([received('wh_a'), received('wh_slow')])).resolves.toEqual(['m-wh_a-']);
    expect(arrived).toEqual(['wh_slow']);
  });
});

describe('what a limit keeps back', () => {
  test('is queued for its time in its lane, and neither posted nor written; places are given back', async () => {
    const { send, queued, order, posts, released } = world(
      {},
      {
        keepLimits: async ([first, ...rest]) => ({
          go: [],
          later: [first, ...rest].flatMap((each) =>
            each === undefined
              ? []
              : {
                  messageId: each.messageId,
                  message: { ...each.message, has_slot: true },
                  dueMs: noonMs + 2_500,
                },
          ),
          release: async () => void released.push('released'),
        }),
      },
    );
    await expect(send([received('wh_a')], 'slow')).resolves.toEqual([]);
    expect(posts).toEqual([]);
    expect(order).toEqual(['queue']);
    expect(queued).toMatchObject([{ lane: 'slow', delaySeconds: 3 }]);
    expect(bodyOf(queued[0]).has_slot).toBe(true);
    expect(released).toEqual(['released']);
  });

  test('is given back also when the sender fails, and failing to do so fails no delivery', async () => {
    const { send, log } = world(
      {},
      {
        keepLimits: async (go) => ({
          go,
          later: [],
          release: async () => Promise.reject(new Error('down')),
        }),
      },
    );
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ message: 'places in flight not given back' }));
  });
});

describe('a fault of ours', () => {
  test('in one delivery brings back that message alone', async () => {
    const { send, rows, log } = world({ wh_b: new Error('KMS out of reach') });
    await expect(send([received('wh_a'), received('wh_b')])).resolves.toEqual(['m-wh_b-']);
    expect(rows.map(({ endpoint_id }) => endpoint_id)).toEqual(['wh_a']);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', endpoint_id: 'wh_b' }));
  });

  test('in queueing brings back exactly the messages whose retry is not queued, and writes nothing of them', async () => {
    const { send, rows } = world(
      { wh_b: 500, wh_c: 500 },
      { queueDeliveries: async (_, messages) => messages.filter(({ groupId }) => groupId === 'wh_c') },
    );
    await expect(send([received('wh_a'), received('wh_b'), received('wh_c')])).resolves.toEqual(['m-wh_c-']);
    expect(rows.map(({ endpoint_id }) => endpoint_id).sort()).toEqual(['wh_a', 'wh_b']);
  });

  test('that the queue is out of reach brings back the retries, but nothing that was delivered', async () => {
    const { send, news, published, log } = world(
      { wh_b: 500 },
      { queueDeliveries: async () => Promise.reject(new Error('queue down')) },
    );
    await expect(send([received('wh_a'), received('wh_b')])).resolves.toEqual(['m-wh_b-']);
    expect(Object.keys(news)).toEqual(['wh_a']);
    expect(published).toHaveLength(1);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'deliveries not queued' }),
    );
  });

  test('that the ledger is out of reach brings back all that it was to know, and nothing is told of it', async () => {
    const { send, news, published, log } = world(
      { wh_b: 500 },
      { putDeliveries: async () => Promise.reject(new Error('ledger down')) },
    );
    const waiting = received('wh_c', { not_before: noonMs + 5_000 });
    const failed = await send([received('wh_a'), received('wh_b'), waiting]);
    expect([...failed].sort()).toEqual(['m-wh_a-', 'm-wh_b-']);
    expect({ news, published }).toEqual({ news: {}, published: [] });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'ledger not written', failed: 2 }),
    );
  });

  test('that the batch cannot be read brings all of it back before anything is posted', async () => {
    const { send, posts } = world({}, { readBatch: async () => Promise.reject(new Error('tables down')) });
    await expect(send([received('wh_a')])).rejects.toThrow('tables down');
    expect(posts).toEqual([]);
  });
});
