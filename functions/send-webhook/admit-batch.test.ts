import { describe, expect, test } from 'vitest';
import { aDelivery, aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aSender, attemptsMade, bodyOf, event, received } from '../../test/builders/a-sender.ts';
import { noonMs } from '../../test/builders/an-event.ts';

describe('a message that is not due yet', () => {
  test.each([
    [1, 1],
    [1_500, 2],
    [900_000, 900],
    [3_600_000, 900],
  ])('by %i ms waits %i s more, and neither reads nor writes anything', async (waitMs, delaySeconds) => {
    const { send, queued, order, log } = aSender(
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
    const { send, posts } = aSender();
    await send([received('wh_a', { not_before: noonMs })]);
    expect(posts).toEqual(['wh_a']);
  });
});

describe('what the ledger knows', () => {
  test('as delivered is never posted again, nor queued, written, counted or told of', async () => {
    const { send, posts, order, known } = aSender();
    known.push(aDelivery({ endpoint_id: 'wh_a' }));
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect({ posts, order }).toEqual({ posts: [], order: [] });
  });

  test('is sent anew when it is asked for by a later round, which its row and its retries keep', async () => {
    const { send, posts, rows, queued, known } = aSender({ wh_a: 500 });
    known.push(aDelivery({ endpoint_id: 'wh_a', attempts: attemptsMade(4), state: 'exhausted' }));
    const anew = { round: 1, attempts: attemptsMade(4), attempts_before: 4 };
    await send([received('wh_a', anew)]);
    expect(posts).toEqual(['wh_a']);
    expect(rows).toMatchObject([{ state: 'retrying', round: 1, attempts: { length: 5 } }]);
    expect(bodyOf(queued[0])).toMatchObject({ round: 1, attempts_before: 4, attempts: { length: 5 } });
  });

  test('twice in a batch is posted once: of two messages about a delivery the furthest stands', async () => {
    const { send, posts, rows } = aSender();
    const attempts = attemptsMade(2);
    await send([received('wh_a'), received('wh_a', { attempts }), received('wh_a'), received('wh_b')]);
    expect(posts).toEqual(['wh_a', 'wh_b']);
    expect(rows[0]?.attempts).toHaveLength(3);
  });
});

describe('a webhook that is there no more', () => {
  test('or is disabled gets nothing; its deliveries are closed with the attempts that were made, and say why', async () => {
    const { send, rows, posts, queued, webhooks } = aSender();
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

describe('an endpoint that is left alone', () => {
  const circuit = { until: noonMs, level: 2, reason: 'failing' } as const;

  test('is probed by one delivery of a batch, and what that came to is told', async () => {
    const { send, posts, news, queued, webhooks } = aSender();
    webhooks['wh_a'] = { circuit };
    await send([received('wh_a', event('1')), received('wh_a', event('2')), received('wh_b')]);
    expect(posts.sort()).toEqual(['wh_a', 'wh_b']);
    const held = { ...circuit, until: noonMs + 25_000 };
    expect(news['wh_a']?.probed).toEqual({ circuit: held, isAlive: true });
    expect(news['wh_b']?.probed).toBeUndefined();
    expect(queued).toMatchObject([{ groupId: 'wh_a', delaySeconds: 25 }]);
  });

  test('and still is keeps its deliveries waiting, which takes no attempt and no place in line', async () => {
    const { send, posts, rows, queued, webhooks } = aSender();
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
    const { send, order, webhooks, known } = aSender();
    webhooks['wh_a'] = { circuit: { ...circuit, until: noonMs + 40_000 } };
    known.push(aDelivery({ endpoint_id: 'wh_a', state: 'retrying', attempts: [] }));
    await send([received('wh_a')]);
    expect(order).toEqual(['queue']);
  });

  test('for a day is asked after within what a queue delays, and the ledger tells the day', async () => {
    const untilMs = noonMs + 86_400_000;
    const { send, queued, rows, webhooks } = aSender({}, { random: () => 0.999 });
    webhooks['wh_a'] = { circuit: { ...circuit, until: untilMs } };
    await send([received('wh_a')]);
    expect(queued[0]?.delaySeconds).toBeLessThanOrEqual(900);
    expect(bodyOf(queued[0])).not.toHaveProperty('not_before');
    expect(rows[0]?.retrying_until).toBe(new Date(untilMs).toISOString());
  });

  test('whose probe is another’s makes all wait', async () => {
    const { send, posts, queued, webhooks } = aSender(
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
