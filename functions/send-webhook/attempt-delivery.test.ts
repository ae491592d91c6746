import { describe, expect, test } from 'vitest';
import { aWebhookMessage, anAttempt } from '../../test/builders/a-delivery.ts';
import { aSigning } from '../../test/builders/a-signing.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { attemptDelivery } from './attempt-delivery.ts';

const answered = (status: number, retryAfter?: string, instruction?: string): AttemptResult => ({
  kind: 'answered',
  status,
  retryAfter,
  instruction,
  body: 'text',
  durationMs: 12,
});
const failed = (errorClass: 'timeout' | 'blocked_address'): AttemptResult => ({
  kind: 'failed',
  errorClass,
  message: 'why',
  durationMs: 12,
});

function attempting(result: AttemptResult, webhook: Webhook = aWebhook()) {
  const posts: SignedPost[] = [];
  const dependencies = {
    openSigning: async ({ id, sealed_secret }: Webhook) => aSigning(`opened ${id} ${sealed_secret}`),
    post: async (post: SignedPost) => {
      posts.push(post);
      return result;
    },
    now: () => noonMs,
    random: () => 0,
  };
  return { posts, attempt: (message = aWebhookMessage()) => attemptDelivery(message, webhook, dependencies) };
}
const attemptsMade = (count: number) => Array.from({ length: count }, () => anAttempt({ status: 500 }));

describe('the one POST of a message', () => {
  test('goes to the webhook with its secret, the event’s id and the original’s four fields', async () => {
    const { posts, attempt } = attempting(answered(200), aWebhook({ timeout_seconds: 7 }));
    await attempt();
    const { id, tenant: _, ...body } = anEvent();
    expect(posts).toEqual([
      {
        url: 'https://receiver.example/hook',
        signing: aSigning('opened wh_01 c2VhbGVk'),
        id,
        eventName: 'subtitle_downloaded',
        body: JSON.stringify(body),
        timeoutSeconds: 7,
      },
    ]);
  });

  test('that succeeds delivers and leaves nothing to do', async () => {
    const { delivery, next, result } = await attempting(answered(204)).attempt();
    expect(next).toBeUndefined();
    expect(result).toEqual(answered(204));
    expect(delivery).toMatchObject({
      state: 'delivered',
      endpoint_name: 'Library',
      attempts: [{ at: noon, duration_ms: 12, status: 204, response_body: 'text' }],
    });
    expect(delivery).not.toHaveProperty('attempts.0.error');
    expect(delivery).not.toHaveProperty('round');
  });

  test.each<[AttemptResult, number, number]>([
    [answered(500), 0, 2],
    [answered(500), 1, 4],
    [answered(503), 2, 8],
    [answered(429), 0, 2],
    [answered(429, '30'), 0, 30],
    [answered(503, '3600'), 0, 3600],
    [failed('timeout'), 0, 2],
  ])('%j after %i attempts is retried in %i s, and the message remembers it', async (result, made, delay) => {
    const message = aWebhookMessage({
      attempts: attemptsMade(made),
      has_slot: true,
      waits: 2,
      not_before: noonMs,
    });
    const { delivery, next } = await attempting(result).attempt(message);
    const dueMs = noonMs + delay * 1000;
    expect(delivery).toMatchObject({ state: 'retrying', retrying_until: new Date(dueMs).toISOString() });
    expect(delivery.attempts).toHaveLength(made + 1);
    expect(next).toEqual({ dueMs, message: aWebhookMessage({ attempts: delivery.attempts }) });
    expect(webhookMessageSchema.parse(JSON.parse(JSON.stringify(next?.message)))).toEqual(next?.message);
  });

  test('that fails after the last retry exhausts the delivery', async () => {
    const message = aWebhookMessage({ attempts: attemptsMade(3) });
    const { delivery, next } = await attempting(answered(500)).attempt(message);
    expect(next).toBeUndefined();
    expect(delivery).toMatchObject({ state: 'exhausted' });
    expect(delivery.attempts).toHaveLength(4);
  });

  test('follows the schedule of its webhook', async () => {
    const webhook = aWebhook({ retry_schedule: [60, 7], retry_count: 0 });
    const after = async (made: number) =>
      (await attempting(answered(500), webhook).attempt(aWebhookMessage({ attempts: attemptsMade(made) })))
        .next?.dueMs;
    expect([await after(0), await after(1), await after(2)]).toEqual([
      noonMs + 60_000,
      noonMs + 7_000,
      undefined,
    ]);
  });

  test('of a later round has the whole schedule before it, whatever was made before', async () => {
    const message = aWebhookMessage({ attempts: attemptsMade(4), attempts_before: 4, round: 1 });
    const { delivery, next } = await attempting(answered(500)).attempt(message);
    expect(delivery).toMatchObject({ state: 'retrying', round: 1, attempts: { length: 5 } });
    expect(next).toMatchObject({
      dueMs: noonMs + 2_000,
      message: { round: 1, attempts_before: 4, attempts: { length: 5 } },
    });
    const last = { ...message, attempts: attemptsMade(7) };
    await expect(attempting(answered(500)).attempt(last)).resolves.toMatchObject({
      delivery: { state: 'exhausted', round: 1 },
    });
  });

  test.each<[AttemptResult, string, string | RegExp]>([
    [answered(404), 'refused', 'HTTP 404'],
    [answered(410), 'refused', 'HTTP 410'],
    [answered(500, undefined, ' Abort-Message '), 'refused', 'HTTP 500'],
    [answered(503, '30', 'disable'), 'refused', 'HTTP 503'],
    [answered(302), 'refused', /redirects are not followed/],
    [failed('blocked_address'), 'exhausted', 'blocked_address: why'],
  ])('%j is final: %s', async (result, state, error) => {
    const { delivery, next } = await attempting(result).attempt();
    expect(next).toBeUndefined();
    expect(delivery).toMatchObject({ state });
    expect(delivery.attempts[0]?.error).toMatch(error);
  });
});

test('what is our own fault is thrown, for the queue to bring back', async () => {
  const dependencies = {
    openSigning: async () => Promise.reject(new Error('KMS out of reach')),
    post: async () => answered(200),
    now: () => noonMs,
    random: () => 0,
  };
  await expect(attemptDelivery(aWebhookMessage(), aWebhook(), dependencies)).rejects.toThrow(
    'KMS out of reach',
  );
});
