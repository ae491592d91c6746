import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { memoryWebhooks } from '../../test/builders/memory-webhooks.ts';
import { answered, openSenderWorld } from '../../test/builders/sender-world.ts';
import { drainPerSecond } from '../../shared/circuit.ts';
import { queueDelaySecondsMax } from '../../shared/limits.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';

function world(
  webhook: Partial<Webhook>,
  answer: (atMs: number, postsSoFar: number, id: string) => AttemptResult,
  random?: () => number,
) {
  const clock = { ms: noonMs };
  const webhooks = memoryWebhooks([aWebhook(webhook)], () => clock.ms);
  let made = 0;
  const sender = openSenderWorld({
    clock,
    webhooks,
    answer: ({ id }) => answer(clock.ms, made++, id),
    ...(random === undefined ? {} : { random }),
  });
  /** When each POST was made, in seconds after the first. */
  const seconds = () => sender.posts.map(({ at }) => (at - noonMs) / 1000);
  const publish = (count: number) => {
    for (let i = 0; i < count; i++) sender.enqueue(aWebhookMessage({ event: anEvent({ id: `e${i}` }) }));
  };
  /** One event after the other. */
  const publishEvery = (seconds: number, count: number) => {
    for (let i = 0; i < count; i++)
      sender.enqueue(aWebhookMessage({ event: anEvent({ id: `e${i}` }) }), 'fast', i * seconds);
  };
  const circuit = () => webhooks.rows.get('wh_01')?.circuit;
  const states = () => [...sender.ledger.rows.values()].map(({ state }) => state);
  return { ...sender, webhooks, seconds, publish, publishEvery, circuit, states };
}

const totals = (waits: readonly number[]): number[] => {
  let sum = 0;
  return [0, ...waits.map((wait) => (sum += wait))];
};
const standard = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
const threeDays = [1, 899, 900, 901, 1800, 86_400, 168_299];

describe('a schedule, from its first attempt to its last', () => {
  test.each<[string, Partial<Webhook>, readonly number[]]>([
    ['exponential', {}, [2, 4, 8]],
    ['standard, which takes more than three days', { retry_schedule: 'standard' }, standard],
    ['of its own, which takes exactly three days', { retry_schedule: threeDays }, threeDays],
    ['without a retry', { retry_schedule: [] }, []],
  ])('%s, is kept to the second, in hops of at most 900 s', async (_name, webhook, waits) => {
    const { publish, drain, seconds, states, delays, ledger } = world(webhook, () => answered(500));
    publish(1);
    await drain();
    expect(seconds()).toEqual(totals(waits));
    expect(states()).toEqual(['exhausted']);
    expect([...ledger.rows.values()][0]?.attempts).toHaveLength(waits.length + 1);
    expect(Math.max(...delays)).toBeLessThanOrEqual(queueDelaySecondsMax);
  });

  test('is told in the ledger ahead: at every moment the next attempt is made when it says', async () => {
    const { publish, drain, posts, ledger } = world({ retry_schedule: threeDays }, () => answered(500));
    publish(1);
    await drain();
    const promised = ledger.history.flatMap(({ after }) => Date.parse(after.retrying_until ?? '') || []);
    expect(posts.map(({ at }) => at)).toEqual([noonMs, ...promised]);
  });

  test('of which the jitter makes each wait longer by a quarter at most, and never shorter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 86_400 }), { maxLength: 4 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (waits, random) => {
          const { publish, drain, seconds } = world(
            { retry_schedule: waits },
            () => answered(500),
            () => random,
          );
          publish(1);
          await drain();
          const at = seconds();
          expect(at).toHaveLength(waits.length + 1);
          for (const [index, wait] of waits.entries()) {
            const waited = (at[index + 1] ?? Number.NaN) - (at[index] ?? Number.NaN);
            expect(waited).toBeGreaterThanOrEqual(wait);
            expect(waited).toBeLessThanOrEqual(wait + Math.ceil(wait / 4));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('ends with the attempt that succeeds, and hook_executed tells of it once', async () => {
    const { publish, drain, seconds, states, told } = world({ retry_schedule: 'standard' }, (_, made) =>
      answered(made < 4 ? 503 : 200),
    );
    publish(1);
    await drain();
    expect(seconds()).toEqual(totals(standard).slice(0, 5));
    expect(states()).toEqual(['delivered']);
    expect(told).toHaveLength(1);
  });

  test('goes on where it was when the receiver asks for more time than it would have waited', async () => {
    const { publish, drain, seconds } = world({ retry_schedule: [5, 5] }, (_, made) =>
      made === 0 ? answered(503, '7200') : answered(500),
    );
    publish(1);
    await drain();
    expect(seconds()).toEqual([0, 7200, 7205]);
  });

  test('of a webhook that is disabled meanwhile ends parked when the next attempt is due', async () => {
    const { publish, drain, posts, states, webhooks } = world({ retry_schedule: 'standard' }, () =>
      answered(500),
    );
    publish(1);
    await drain(noonMs + 3_600_000);
    webhooks.change('wh_01', { enabled: false });
    await drain();
    expect(posts).toHaveLength(4);
    expect(states()).toEqual(['parked']);
  });
});

describe('an endpoint that refuses', () => {
  test.each([12, 100, 500])(
    'all of %i posts within a second, and takes what comes then, gets everything by the first retry',
    async (count) => {
      const { publish, drain, posts, states, seconds, webhooks } = world({}, (at) =>
        answered(at < noonMs + 1_000 ? 503 : 200),
      );
      publish(count);
      await drain();
      expect(posts).toHaveLength(2 * count);
      expect(new Set(seconds())).toEqual(new Set([0, 2]));
      expect(new Set(states())).toEqual(new Set(['delivered']));
      expect(webhooks.rows.get('wh_01')).not.toHaveProperty('circuit');
    },
  );

  test('the first attempt of every delivery is never left alone, and gets each by its first retry', async () => {
    const met = new Set<string>();
    let opened = 0;
    const { enqueue, drain, posts, circuit, clock } = world({}, (_at, _made, id) => {
      if (circuit() !== undefined) opened++;
      const status = met.has(id) ? 200 : 503;
      met.add(id);
      return answered(status);
    });
    for (let i = 0; i < 1_200; i++)
      enqueue(aWebhookMessage({ event: anEvent({ id: `e${i}` }) }), 'fast', Math.floor(i / 20));
    await drain();
    expect(posts).toHaveLength(2_400);
    expect(opened).toBe(0);
    expect(clock.ms).toBe(noonMs + 61_000);
  });

  test.each<[eventsASecond: number, secondsUntilOpen: number]>([
    [10, 5],
    [1, 5],
    [0.5, 8],
    [0.2, 15],
  ])('all for ever, at %s events a second, is left alone after %i s', async (rate, seconds) => {
    const { publishEvery, drain, circuit } = world({ failure_threshold: 1000 }, () => answered(500));
    publishEvery(1 / rate, 100);
    await drain(noonMs + (seconds - 1) * 1000);
    expect(circuit()).toBeUndefined();
    await drain(noonMs + seconds * 1000);
    expect(circuit()).toMatchObject({ reason: 'failing' });
  });
});

describe('an endpoint that answers 429 with Retry-After', () => {
  test('gets nothing at all until then, and after it what waited at a bounded rate', async () => {
    const untilMs = noonMs + 600_000;
    const { publish, drain, posts, states } = world({}, (at) => answered(at < untilMs ? 429 : 200, '600'));
    publish(30);
    await drain(noonMs);
    expect(posts).toHaveLength(10);
    await drain();
    const after = posts.slice(10);
    expect(Math.min(...after.map(({ at }) => at))).toBeGreaterThanOrEqual(untilMs);
    expect(after.filter(({ at }) => at < untilMs + 1_000).length).toBeLessThanOrEqual(1 + drainPerSecond);
    expect(new Set(states())).toEqual(new Set(['delivered']));
    expect(states()).toHaveLength(30);
  });
});

describe('an endpoint that was left alone', () => {
  const closed = { until: noonMs, level: 0, reason: 'failing' } as const;

  test('is probed by one delivery; the others wait, and write down why', async () => {
    const { publish, run, posts, ledger } = world({ circuit: closed }, () => answered(200));
    publish(5);
    await run('fast');
    expect(posts).toHaveLength(1);
    const waiting = [...ledger.rows.values()].filter(({ state }) => state === 'retrying');
    expect(waiting).toHaveLength(4);
    for (const row of waiting)
      expect(row).toMatchObject({ attempts: [], reason: expect.stringMatching(/left alone/) });
  });

  test('is probed by one delivery also when two senders come at the same time', async () => {
    const { publish, begin, posts } = world({ circuit: closed }, () => answered(200));
    publish(20);
    const senders = await Promise.all([begin('fast', { isHeld: true }), begin('fast', { isHeld: true })]);
    expect(posts).toHaveLength(1);
    await Promise.all(senders.map(({ land }) => land()));
    expect(posts).toHaveLength(1);
  });

  test('is drained at a bounded rate, and everything arrives once', async () => {
    const { publish, drain, posts, states } = world({ circuit: closed }, () => answered(200), Math.random);
    publish(100);
    await drain();
    expect(new Set(posts.map(({ id }) => id)).size).toBe(100);
    expect(posts).toHaveLength(100);
    expect(new Set(states())).toEqual(new Set(['delivered']));
    for (const { at } of posts) {
      const within = posts.filter((other) => other.at >= at && other.at < at + 1_000);
      expect(within.length).toBeLessThanOrEqual(2 * drainPerSecond);
    }
  });

  test('and stays dead is disabled, and all that waited for it is parked with few attempts made', async () => {
    const { publish, drain, posts, states, webhooks } = world(
      { retry_schedule: 'standard', circuit: closed },
      () => answered(500),
    );
    publish(200);
    await drain();
    expect(webhooks.rows.get('wh_01')).toMatchObject({ enabled: false });
    expect(states()).toHaveLength(200);
    expect(new Set(states())).toEqual(new Set(['parked']));
    expect(posts.length).toBeLessThan(30);
  });

  test('and is enabled anew gets what waited within a queue’s delay, however long it was to wait', async () => {
    const untilMs = noonMs + 24 * 3_600_000;
    const { publish, drain, posts, webhooks } = world(
      { circuit: { ...closed, until: untilMs } },
      () => answered(200),
      Math.random,
    );
    publish(10);
    await drain(noonMs);
    webhooks.change('wh_01', { circuit: undefined });
    await drain();
    expect(posts).toHaveLength(10);
    expect(Math.max(...posts.map(({ at }) => at))).toBeLessThanOrEqual(noonMs + queueDelaySecondsMax * 1000);
  });
});

describe('a limit of its owner', () => {
  test.each([1, 3, 7, 50])(
    'of %i deliveries a second is kept, and everything arrives',
    async (rate_limit) => {
      const { publish, drain, posts } = world({ rate_limit }, () => answered(200));
      publish(120);
      await drain();
      expect(new Set(posts.map(({ id }) => id)).size).toBe(120);
      for (const { at } of posts) {
        const within = posts.filter((other) => other.at >= at && other.at < at + 1_000);
        // A queue delays by whole seconds: two of its seconds may lie within one of ours.
        expect(within.length).toBeLessThanOrEqual(2 * rate_limit);
      }
      const tookSeconds = ((posts.at(-1)?.at ?? 0) - noonMs) / 1000;
      expect(120 / (tookSeconds + 1)).toBeLessThanOrEqual(rate_limit);
    },
  );

  test('of deliveries in flight is kept over all senders, and everything arrives soon', async () => {
    const { publish, begin, drain, posts, clock } = world({ max_in_flight: 2 }, () => answered(200));
    publish(20);
    const senders = [await begin('fast', { isHeld: true }), await begin('fast', { isHeld: true })];
    expect(posts).toHaveLength(2);
    for (const { land } of senders) await land();
    await drain();
    expect(posts).toHaveLength(20);
    expect(clock.ms - noonMs).toBeLessThan(40_000);
  });
});
