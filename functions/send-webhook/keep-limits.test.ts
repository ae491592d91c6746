import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { memoryFlow } from '../../test/builders/memory-flow.ts';
import { drainPerSecond } from '../../shared/circuit.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createKeepLimits, rateOf } from './keep-limits.ts';
import type { Candidate, Limited } from './keep-limits.ts';

test.each<[Partial<Webhook>, number | undefined]>([
  [{}, undefined],
  [{ rate_limit: 5 }, 5],
  [{ drain_until: noonMs + 1 }, drainPerSecond],
  [{ drain_until: noonMs }, undefined],
  [{ drain_until: noonMs + 1, rate_limit: 5 }, 5],
  [{ drain_until: noonMs + 1, rate_limit: 500 }, drainPerSecond],
  [{ drain_until: noonMs, rate_limit: 500 }, 500],
])('%j allows %s deliveries a second', (webhook, rate) => {
  expect(rateOf(aWebhook(webhook), noonMs)).toBe(rate);
});

const limiter = () => {
  const clock = { ms: noonMs };
  return { clock, keep: createKeepLimits({ flow: memoryFlow(() => clock.ms), now: () => clock.ms }) };
};
let made = 0;
const candidates = (
  count: number,
  webhook: Partial<Webhook>,
  message: Partial<WebhookMessage> = {},
): Candidate[] =>
  Array.from({ length: count }, () => {
    const id = `e${++made}`;
    const whole = aWebhook(webhook);
    return {
      messageId: id,
      webhook: whole,
      message: aWebhookMessage({ event: anEvent({ id }), webhook_id: whole.id, ...message }),
    };
  });
const waits = ({ later }: Limited) => later.map(({ dueMs }) => dueMs - noonMs);

describe('a webhook without limits', () => {
  test('is sent everything at once, without a question', async () => {
    const asked: string[] = [];
    const keep = createKeepLimits({
      flow: {
        reserve: async () => asked.push('reserve'),
        lease: async () => ({ count: asked.push('lease'), release: async () => undefined }),
      },
      now: () => noonMs,
    });
    const all = candidates(10, {});
    const limited = await keep(all);
    expect(limited).toMatchObject({ go: all, later: [] });
    await limited.release();
    expect(asked).toEqual([]);
  });
});

describe('a rate limit', () => {
  test('lets go what is due within a moment, and gives each of the others a place of its own', async () => {
    const { keep } = limiter();
    const limited = await keep(candidates(4, { rate_limit: 2 }));
    expect(limited.go).toHaveLength(1);
    expect(waits(limited)).toEqual([500, 1000, 1500]);
    expect(limited.later.every(({ message }) => message.has_slot)).toBe(true);
    expect(waits(await keep(candidates(1, { rate_limit: 2 })))).toEqual([2000]);
  });

  test('lets go who has waited for their place, although others stand in line', async () => {
    const { keep } = limiter();
    await keep(candidates(10, { rate_limit: 1 }));
    const [placed, fresh] = [
      candidates(1, { rate_limit: 1 }, { has_slot: true }),
      candidates(1, { rate_limit: 1 }),
    ];
    const limited = await keep([...fresh, ...placed]);
    expect(limited.go).toEqual(placed);
    expect(waits(limited)).toEqual([10_000]);
  });

  test('is each webhook’s own', async () => {
    const { keep } = limiter();
    const limited = await keep([
      ...candidates(3, { id: 'wh_a', rate_limit: 1 }),
      ...candidates(3, { id: 'wh_b', rate_limit: 1 }),
      ...candidates(3, { id: 'wh_c' }),
    ]);
    expect(limited.go.map(({ webhook }) => webhook.id)).toEqual(['wh_a', 'wh_b', 'wh_c', 'wh_c', 'wh_c']);
  });
});

describe('deliveries in flight', () => {
  test('are no more than allowed, until they are given back', async () => {
    const { keep } = limiter();
    const [first, second] = [
      await keep(candidates(3, { max_in_flight: 2 })),
      await keep(candidates(1, { max_in_flight: 2 })),
    ];
    expect([first.go.length, second.go.length]).toEqual([2, 0]);
    await first.release();
    expect((await keep(candidates(3, { max_in_flight: 2 }))).go).toHaveLength(2);
  });

  test('that find no place come again one after the other, later each time, within half a minute and their place', async () => {
    const { keep } = limiter();
    await keep(candidates(2, { max_in_flight: 2 }));
    const limited = await keep(candidates(5, { max_in_flight: 2 }));
    expect(waits(limited)).toEqual([1000, 1000, 2000, 2000, 3000]);
    expect(limited.later.every(({ message }) => message.waits === 1)).toBe(true);
    const later = async (count: number) =>
      waits(await keep(candidates(1, { max_in_flight: 2 }, { waits: count })));
    expect([await later(1), await later(4), await later(5), await later(50)]).toEqual([
      [2000],
      [16_000],
      [30_000],
      [30_000],
    ]);
  });

  test('and a rate are kept together: what has its place in line keeps it', async () => {
    const { keep } = limiter();
    const limits = { rate_limit: 1, max_in_flight: 1 };
    const limited = await keep(candidates(3, limits, { has_slot: true }));
    expect(limited.go).toHaveLength(1);
    expect(limited.later.every(({ message }) => message.has_slot)).toBe(true);
  });
});

test('every candidate is either sent or comes again, once, whatever the limits', async () => {
  const webhooks = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      rate: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
      max: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      hasSlot: fc.boolean(),
    }),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(webhooks, async (given) => {
      const { keep } = limiter();
      const all = given.flatMap(({ count, rate, max, hasSlot }, index) =>
        candidates(
          count,
          { id: `wh_${index}`, rate_limit: rate, max_in_flight: max },
          hasSlot ? { has_slot: true } : {},
        ),
      );
      const { go, later } = await keep(all);
      expect([...go, ...later].map(({ messageId }) => messageId).sort()).toEqual(
        all.map(({ messageId }) => messageId).sort(),
      );
      for (const { dueMs } of later) expect(dueMs).toBeGreaterThan(noonMs);
      for (const [index, { max }] of given.entries()) {
        const flying = go.filter(({ webhook }) => webhook.id === `wh_${index}`).length;
        if (max !== undefined) expect(flying).toBeLessThanOrEqual(max);
      }
    }),
  );
});
