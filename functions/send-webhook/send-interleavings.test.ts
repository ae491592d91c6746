import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { memoryWebhooks } from '../../test/builders/memory-webhooks.ts';
import { answered, openSenderWorld } from '../../test/builders/sender-world.ts';
import type { Run } from '../../test/builders/sender-world.ts';
import { isFinal } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { WebhookId } from '../../shared/ids.ts';
import type { AttemptResult } from '../../shared/retry.ts';

const ids: readonly WebhookId[] = ['wh_a', 'wh_b'];
const retries = 3;

type Step =
  | { readonly kind: 'publish'; readonly event: number; readonly webhook: number }
  | { readonly kind: 'work'; readonly lane: 'fast' | 'slow'; readonly run: Run }
  | { readonly kind: 'land'; readonly index: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'repeat'; readonly index: number }
  | { readonly kind: 'replay'; readonly index: number }
  | { readonly kind: 'disable' | 'enable' | 'delete' | 'open' | 'limit'; readonly webhook: number };

const answers = fc.constantFrom<AttemptResult>(
  answered(200),
  answered(200),
  answered(500),
  answered(404),
  answered(410),
  answered(429, '30'),
  answered(200, undefined, 'disable'),
  answered(503, undefined, 'abort-message'),
  { kind: 'failed', errorClass: 'timeout', message: 'why', durationMs: 10_000 },
);
const runs: fc.Arbitrary<Run> = fc.record({
  writes: fc.oneof(fc.constant(Infinity), fc.nat({ max: 12 })),
  isHeld: fc.boolean(),
  isLate: fc.boolean(),
});
const webhook = fc.nat({ max: ids.length - 1 });
const index = fc.nat({ max: 20 });
const publish = fc.record({ kind: fc.constant('publish' as const), event: fc.nat({ max: 3 }), webhook });
const work = fc.record({
  kind: fc.constant('work' as const),
  lane: fc.constantFrom('fast' as const, 'fast' as const, 'slow' as const),
  run: runs,
});
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    publish,
    publish,
    work,
    work,
    work,
    fc.record({ kind: fc.constant('land' as const), index }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 10_000, 61_000) }),
    fc.record({ kind: fc.constant('repeat' as const), index }),
    fc.record({ kind: fc.constant('replay' as const), index }),
    fc.record({
      kind: fc.constantFrom(
        'disable' as const,
        'enable' as const,
        'delete' as const,
        'open' as const,
        'limit' as const,
      ),
      webhook,
    }),
  ),
  { maxLength: 40, size: 'max' },
);

const keyOf = ({ endpoint_id, event_id }: Delivery): string => `${endpoint_id} ${event_id}`;

/** Does as it is told, then lets everything come to an end. */
async function live(given: readonly Step[], answer: () => AttemptResult) {
  const clock = { ms: noonMs };
  const webhooks = memoryWebhooks(
    ids.map((id) => aWebhook({ id, url: `https://${id.replace('_', '-')}.example/`, retry_count: retries })),
    () => clock.ms,
  );
  const repeated: string[] = [];
  /** The last round that somebody asked for. */
  const asked = new Map<string, number>();
  const world = openSenderWorld({
    clock,
    webhooks,
    random: () => 0.5,
    answer: ({ url, id }) => {
      const row = [...world.ledger.rows.values()].find(
        (each) => each.event_id === id && url.includes(each.endpoint_id.replace('_', '-')),
      );
      if (row?.state === 'delivered' && (row.round ?? 0) >= (asked.get(keyOf(row)) ?? 0)) {
        repeated.push(keyOf(row));
      }
      return answer();
    },
  });
  const wanted = new Set<string>();
  const inFlight: (() => Promise<void>)[] = [];
  const eventOf = (number: number): CatalogEvent => anEvent({ id: `e${number}` });
  const idOf = (number: number): WebhookId => ids[number] ?? 'wh_a';

  const take = async (step: Step): Promise<void> => {
    switch (step.kind) {
      case 'publish':
        wanted.add(`${idOf(step.webhook)} ${eventOf(step.event).id}`);
        world.enqueue(aWebhookMessage({ event: eventOf(step.event), webhook_id: idOf(step.webhook) }));
        return;
      case 'work': {
        const { land } = await world.begin(step.lane, step.run);
        if (step.run.isHeld) inFlight.push(land);
        else await land();
        return;
      }
      case 'land':
        for (const land of inFlight.splice(step.index % Math.max(inFlight.length, 1), 1)) await land();
        return;
      case 'pass':
        clock.ms += step.ms;
        return;
      case 'repeat':
        world.repeat(step.index);
        return;
      case 'replay': {
        const over = [...world.ledger.rows.values()].filter(({ state }) => isFinal(state));
        const row = over[step.index % Math.max(over.length, 1)];
        if (row === undefined) return;
        const round = (row.round ?? 0) + 1;
        asked.set(keyOf(row), round);
        world.ledger.advance({ ...row, state: 'retrying', round });
        world.enqueue({
          event: anEvent({ id: row.event_id }),
          webhook_id: row.endpoint_id.startsWith('wh_b') ? 'wh_b' : 'wh_a',
          attempts: row.attempts,
          attempts_before: row.attempts.length,
          round,
        });
        return;
      }
      case 'disable':
        webhooks.change(idOf(step.webhook), { enabled: false });
        return;
      case 'enable':
        webhooks.change(idOf(step.webhook), {
          enabled: true,
          consecutive_failures: 0,
          failed_attempts: 0,
          failing_since: undefined,
          circuit: undefined,
        });
        return;
      case 'delete':
        webhooks.rows.delete(idOf(step.webhook));
        return;
      case 'open':
        webhooks.change(idOf(step.webhook), {
          circuit: { until: clock.ms + 20_000, level: 1, reason: 'failing' },
        });
        return;
      case 'limit':
        webhooks.change(idOf(step.webhook), { rate_limit: 1, max_in_flight: 1 });
    }
  };
  for (const step of given) await take(step);
  for (const land of inFlight) await land();
  await world.drain();
  return { ...world, wanted, repeated };
}

const lives = fc.record({ given: steps, results: fc.infiniteStream(answers) });

test('whatever happens in whatever order, every delivery ends in one final state, and no state is taken back', async () => {
  await fc.assert(
    fc.asyncProperty(lives, async ({ given, results }) => {
      const { ledger, wanted, repeated, waiting } = await live(given, () => results.next().value);
      expect(waiting()).toEqual([]);
      const rows = [...ledger.rows.values()];
      expect(new Set(rows.map(keyOf))).toEqual(wanted);
      expect(rows.filter(({ state }) => !isFinal(state))).toEqual([]);

      for (const { before, after } of ledger.history) {
        if (before === undefined || !isFinal(before.state)) continue;
        // What arrived after all says so, also when another sender had given it up meanwhile.
        const isLaterRound = (after.round ?? 0) > (before.round ?? 0);
        expect(isLaterRound || after.state === 'delivered').toBe(true);
      }
      for (const { attempts, round } of rows) {
        expect(attempts.length).toBeLessThanOrEqual((retries + 1) * ((round ?? 0) + 1));
      }
      expect(repeated).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
