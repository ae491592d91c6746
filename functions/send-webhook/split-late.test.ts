import { describe, expect, test } from 'vitest';
import { aSender, bodyOf, event, received } from '../../test/builders/a-sender.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { lateAnswerMs, slowLaneFirstMs, slowLaneMs } from '../../shared/limits.ts';

describe('a receiver that lets us wait', () => {
  test('holds up the ledger of none of the others, and is marked once, whatever it is sent', async () => {
    const slow = Promise.withResolvers<number>();
    const firstWave = Promise.withResolvers<void>();
    const { send, rows, marked, remembered, states, released } = aSender(
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
    const { send, marked, webhooks } = aSender(
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
    const { send, log, rows } = aSender(
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
    const { send, queued, posts, webhooks, rows } = aSender({ wh_slow: 500 });
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
    const { send, news, webhooks } = aSender(
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
    const { send, posts, webhooks } = aSender();
    webhooks['wh_a'] = { late_until: noonMs };
    await send([received('wh_a')], 'fast');
    expect(posts).toEqual(['wh_a']);
  });

  test('is waited for also when the others could not be written down: what it answered is', async () => {
    const slow = Promise.withResolvers<number>();
    let isDown = true;
    const arrived: string[] = [];
    const { send } = aSender(
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
