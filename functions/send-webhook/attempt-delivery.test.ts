import { describe, expect, test } from 'vitest';
import { aWebhookMessage, anAttempt } from '../../test/builders/a-delivery.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { attemptDelivery } from './attempt-delivery.ts';

const answered = (status: number, retryAfter?: string): AttemptResult => ({
  kind: 'answered',
  status,
  retryAfter,
  body: 'text',
  durationMs: 12,
});
const failed = (errorClass: 'timeout' | 'blocked_address'): AttemptResult => ({
  kind: 'failed',
  errorClass,
  message: 'why',
  durationMs: 12,
});

function attempting(
  result: AttemptResult,
  { webhook = aWebhook(), now = noonMs }: { webhook?: Webhook | null; now?: number } = {},
) {
  const posts: SignedPost[] = [];
  const dependencies = {
    findWebhook: async () => webhook ?? undefined,
    openSecret: async (id: string, sealed: string) => `opened ${id} ${sealed}`,
    post: async (post: SignedPost) => {
      posts.push(post);
      return result;
    },
    now: () => now,
    random: () => 0,
  };
  return { posts, attempt: (message = aWebhookMessage()) => attemptDelivery(message, dependencies) };
}

describe('the one POST of a message', () => {
  test('goes to the webhook of now, with its secret, the event’s id and the original’s four fields', async () => {
    const { posts, attempt } = attempting(answered(200), { webhook: aWebhook({ timeout_seconds: 7 }) });
    await attempt();
    const { id, tenant: _, ...body } = anEvent();
    expect(posts).toEqual([
      {
        url: 'https://receiver.example/hook',
        secret: 'opened wh_01 c2VhbGVk',
        id,
        eventName: 'subtitle_downloaded',
        body: JSON.stringify(body),
        timeoutSeconds: 7,
      },
    ]);
  });

  test('that succeeds delivers and leaves nothing to do', async () => {
    const { attempt } = attempting(answered(204));
    const { delivery, next } = await attempt();
    expect(next).toBeUndefined();
    expect(delivery).toMatchObject({
      state: 'delivered',
      endpoint_name: 'Library',
      attempts: [{ at: noon, duration_ms: 12, status: 204, response_body: 'text' }],
    });
    expect(delivery).not.toHaveProperty('attempts.0.error');
  });

  test.each([
    [answered(500), 0, 2],
    [answered(500), 1, 4],
    [answered(503), 2, 8],
    [answered(429), 0, 2],
    [answered(429, '30'), 0, 30],
    [failed('timeout'), 0, 2],
  ])('%j after %i attempts is retried in %i s, and the message remembers it', async (result, made, delay) => {
    const attempts = Array.from({ length: made }, () => anAttempt({ status: 500 }));
    const { delivery, next } = await attempting(result).attempt(aWebhookMessage({ attempts }));
    expect(delivery).toMatchObject({
      state: 'retrying',
      retrying_until: new Date(noonMs + delay * 1000).toISOString(),
    });
    expect(delivery?.attempts).toHaveLength(made + 1);
    expect(next?.delaySeconds).toBe(delay);
    expect(next?.message.attempts).toEqual(delivery?.attempts);
    expect(next?.message.event).toEqual(anEvent());
    expect(next?.message.not_before).toBeUndefined();
    expect(webhookMessageSchema.parse(JSON.parse(JSON.stringify(next?.message)))).toEqual(next?.message);
  });

  test('that fails after the last retry exhausts the delivery', async () => {
    const attempts = Array.from({ length: 3 }, () => anAttempt({ status: 500 }));
    const { delivery, next } = await attempting(answered(500)).attempt(aWebhookMessage({ attempts }));
    expect(next).toBeUndefined();
    expect(delivery).toMatchObject({ state: 'exhausted' });
    expect(delivery?.attempts).toHaveLength(4);
  });

  test.each([
    [answered(404), 'refused', 'HTTP 404'],
    [answered(410), 'refused', 'HTTP 410'],
    [answered(302), 'refused', /redirects are not followed/],
    [failed('blocked_address'), 'exhausted', 'blocked_address: why'],
  ])('%j is final: %s', async (result, state, error) => {
    const { delivery, next } = await attempting(result).attempt();
    expect(next).toBeUndefined();
    expect(delivery).toMatchObject({ state });
    expect(delivery?.attempts[0]?.error).toMatch(error);
  });
});

describe('a message that needs no POST', () => {
  test('of a deleted webhook closes as filtered and says so', async () => {
    const { posts, attempt } = attempting(answered(200), { webhook: null });
    await expect(attempt()).resolves.toEqual({
      delivery: expect.objectContaining({
        state: 'filtered',
        reason: 'the webhook was deleted',
        attempts: [],
      }),
    });
    expect(posts).toEqual([]);
  });

  test('of a disabled webhook is parked, with the attempts that were made', async () => {
    const { posts, attempt } = attempting(answered(200), { webhook: aWebhook({ enabled: false }) });
    const attempts = [anAttempt({ status: 500 })];
    const { delivery, next } = await attempt(aWebhookMessage({ attempts }));
    expect(delivery).toMatchObject({ state: 'parked', reason: 'the webhook is disabled', attempts });
    expect(next).toBeUndefined();
    expect(posts).toEqual([]);
  });

  test.each([
    [1, 1],
    [1_500, 2],
    [900_000, 900],
    [3_600_000, 900],
  ])('that is due in %i ms waits %i s more and writes nothing', async (waitMs, delaySeconds) => {
    const { posts, attempt } = attempting(answered(200));
    const message = aWebhookMessage({ not_before: noonMs + waitMs });
    await expect(attempt(message)).resolves.toEqual({ next: { message, delaySeconds } });
    expect(posts).toEqual([]);
  });

  test('that is due now is sent', async () => {
    const { posts, attempt } = attempting(answered(200));
    await attempt(aWebhookMessage({ not_before: noonMs }));
    expect(posts).toHaveLength(1);
  });
});

describe('a wait longer than a queue can delay', () => {
  test('is taken in hops that end at the time that was promised', async () => {
    const first = await attempting(answered(503, '3600')).attempt();
    expect(first.delivery).toMatchObject({ retrying_until: new Date(noonMs + 3_600_000).toISOString() });
    let now = noonMs;
    let next = first.next;
    let hops = 0;
    while (next !== undefined && hops < 10) {
      now += next.delaySeconds * 1000;
      hops++;
      const { posts, attempt } = attempting(answered(200), { now });
      const after = await attempt(next.message);
      if (posts.length > 0) break;
      next = after.next;
    }
    expect({ hops, waitedMs: now - noonMs }).toEqual({ hops: 4, waitedMs: 3_600_000 });
  });
});

test('what is our own fault is thrown, for the queue to bring back', async () => {
  const dependencies = {
    findWebhook: async () => aWebhook(),
    openSecret: async () => Promise.reject(new Error('KMS out of reach')),
    post: async () => answered(200),
    now: () => noonMs,
    random: () => 0,
  };
  await expect(attemptDelivery(aWebhookMessage(), dependencies)).rejects.toThrow('KMS out of reach');
});
