import { describe, expect, test } from 'vitest';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { aSigning } from '../../test/builders/a-signing.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { catalog } from '../../shared/catalog.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createTestWebhook } from './test-webhook.ts';

const ok: AttemptResult = { kind: 'answered', status: 200, retryAfter: undefined, body: 'hi', durationMs: 9 };

function testing(result: AttemptResult = ok, webhook: Partial<Webhook> = {}) {
  const posts: SignedPost[] = [];
  const rows: Delivery[] = [];
  const published: CatalogEvent[] = [];
  const run = createTestWebhook({
    webhooks: { get: async (_tenant, id) => (id === 'wh_01' ? aWebhook(webhook) : undefined) },
    openSigning: async ({ id }) => aSigning(`secret of ${id}`),
    post: async (post) => {
      posts.push(post);
      return result;
    },
    putDeliveries: async (deliveries) => {
      rows.push(...deliveries);
    },
    publishEvents: async (events) => {
      published.push(...events);
      return [];
    },
    createEventId: () => 'evt_test',
    now: () => noonMs,
    log: collectLog(),
  });
  return {
    run: (overrides = {}) => run(anHttpRequest({ params: { id: 'wh_01' }, ...overrides })),
    posts,
    rows,
    published,
  };
}

describe('a test', () => {
  test('sends the sample of the subscribed event now and answers what the receiver said', async () => {
    const { run, posts } = testing(ok, { event_names: ['config_updated'] });
    await expect(run()).resolves.toEqual({
      status: 200,
      body: {
        success: true,
        delivery_id: expect.stringContaining('evt_test.wh_01'),
        event_id: 'evt_test',
        event_name: 'config_updated',
        status: 200,
        duration_ms: 9,
        response_body: 'hi',
        error: null,
        error_class: null,
      },
    });
    expect(posts).toEqual([
      expect.objectContaining({
        id: 'evt_test',
        eventName: 'config_updated',
        signing: aSigning('secret of wh_01'),
      }),
    ]);
    expect(JSON.parse(posts[0]?.body ?? '')).toEqual({
      event_name: 'config_updated',
      version: 1,
      timestamp: noon,
      data: catalog.config_updated.sample,
    });
  });

  test('of a webhook for all events sends one of them', async () => {
    const { run, posts } = testing();
    await run();
    expect(posts).toMatchObject([{ eventName: 'subtitle_downloaded' }]);
  });

  test('is logged as a test and told of by hook_executed', async () => {
    const { run, rows, published } = testing();
    await run();
    expect(rows).toMatchObject([{ test: true, state: 'delivered', attempts: [{ status: 200 }] }]);
    expect(published).toMatchObject([
      { event_name: 'hook_executed', data: { webhook_id: 'wh_01', success: true } },
    ]);
  });

  test('of a disabled webhook is sent all the same', async () => {
    const { run, posts } = testing(ok, { enabled: false });
    await run();
    expect(posts).toHaveLength(1);
  });

  test('ends before the gateway gives up', async () => {
    const { run, posts } = testing(ok, { timeout_seconds: 30 });
    await run();
    expect(posts[0]?.timeoutSeconds).toBe(25);
  });

  const failures: readonly (readonly [AttemptResult, object])[] = [
    [
      { ...ok, kind: 'answered', status: 500 },
      { status: 500, error: 'HTTP 500', error_class: null },
    ],
    [
      { kind: 'failed', errorClass: 'timeout', message: 'no answer within 10 s', durationMs: 10_000 },
      { status: null, error: 'timeout: no answer within 10 s', error_class: 'timeout', response_body: null },
    ],
    [
      {
        kind: 'failed',
        errorClass: 'blocked_address',
        message: '10.0.0.1 is a private address',
        durationMs: 1,
      },
      { status: null, error_class: 'blocked_address' },
    ],
  ];
  test.each(failures)(
    'that ends in %j is answered 200 with the reason, and not retried',
    async (result, body) => {
      const { run, rows } = testing(result);
      await expect(run()).resolves.toMatchObject({ status: 200, body: { success: false, ...body } });
      expect(rows).toMatchObject([{ state: 'exhausted' }]);
    },
  );

  test.each(['', ' ', '{}', undefined])('may come with the body %j', async (body) => {
    await expect(testing().run({ body })).resolves.toMatchObject({ status: 200 });
  });

  test('with any other body is a 422, and sends nothing', async () => {
    const { run, posts } = testing();
    await expect(run({ body: '{"event_name":"x"}' })).rejects.toMatchObject({ status: 422 });
    expect(posts).toEqual([]);
  });

  test('of a webhook that does not exist is a 404', async () => {
    await expect(testing().run({ params: { id: 'wh_none' } })).rejects.toMatchObject({ status: 404 });
  });
});
