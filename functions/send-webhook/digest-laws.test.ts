import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memoryDigests } from '../../test/builders/memory-digests.ts';
import { memoryLedger } from '../../test/builders/memory-ledger.ts';
import { createDelivery, createDeliveryId } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import { composeDigest, flushMessageSchema, placeOf } from '../../shared/digest.ts';
import type { FlushMessage } from '../../shared/digest.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { createCollectDigests } from '../fan-out-webhooks/collect-digests.ts';
import { createGatherDigest } from './gather-digest.ts';

/** What goes wrong at a write: it throws or its process dies, and it has taken effect or not. */
type Fault = 'throws before' | 'throws after' | 'dies before' | 'dies after';

type Message =
  | { readonly kind: 'fan-out'; readonly events: readonly CatalogEvent[] }
  | { readonly kind: 'flush'; readonly body: FlushMessage };

interface Plan {
  /** The events of each fan-out message, and when it comes. */
  readonly messages: readonly {
    readonly events: readonly { readonly atMs: number; readonly key: string }[];
    readonly lagMs: number;
  }[];
  /** Messages that come a second time, by their number. */
  readonly again: readonly { readonly number: number; readonly afterMs: number }[];
  /** Who goes on next, and by how much the clock does. */
  readonly turns: readonly number[];
  /** By the number of the call that they befall. */
  readonly faults: ReadonlyMap<number, Fault>;
  readonly knowsLedger: boolean;
  /** Processes that fan out. */
  readonly instances: number;
  readonly membersMax: number;
}

const windowSeconds = 2;
const coalesce = { window_seconds: windowSeconds, key: '{data.key}' };
const subscriber = { id: 'wh_01', name: 'Library', coalesce } as const;
const visibilityMs = 60_000;

/** Fan-out and sender with their queues, calls in any order, on a clock that goes as fast as the test. */
async function play(plan: Plan) {
  const { messages, again, turns, faults, knowsLedger, instances, membersMax } = plan;
  let nowMs = noonMs;
  const now = (): number => nowMs;
  const log = collectLog();
  const ledger = memoryLedger();
  let eventCount = 0;
  const batches = messages.map(({ events, lagMs }) => ({
    events: events.map(({ atMs, key }) =>
      anEvent({
        id: `e${++eventCount}`,
        timestamp: new Date(noonMs + atMs).toISOString(),
        data: { key },
      }),
    ),
    visibleAt: noonMs + lagMs,
  }));
  const events = new Map(batches.flatMap((batch) => batch.events).map((event) => [placeOf(event), event]));
  const digests = memoryDigests({
    findEvent: (member) => events.get(placeOf(member)),
    isRecorded: ({ tenant }, member) =>
      knowsLedger && ledger.rows.has(`${tenant} ${createDeliveryId(member, subscriber.id)}`),
  });

  let queue: { readonly message: Message; readonly visibleAt: number }[] = batches.map(
    ({ events, visibleAt }) => ({ message: { kind: 'fan-out', events }, visibleAt }),
  );
  for (const { number, afterMs } of again) {
    const batch = batches[number % Math.max(batches.length, 1)];
    if (batch === undefined) continue;
    const message: Message = { kind: 'fan-out', events: batch.events };
    queue.push({ message, visibleAt: batch.visibleAt + afterMs });
  }

  const waiting: (() => void)[] = [];
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve);
    });
  let calls = 0;
  /** A call to a table or queue, which takes its time before and after it takes effect. */
  const call =
    <Given extends unknown[], Result>(die: () => void, act: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      const fault = faults.get(calls++);
      await turn();
      if (fault === 'throws before') throw new Error(fault);
      const stop = async (): Promise<never> => {
        die();
        return new Promise<never>(() => undefined);
      };
      if (fault === 'dies before') return stop();
      const result = await act(...given);
      await turn();
      if (fault === 'throws after') throw new Error(fault);
      return fault === 'dies after' ? stop() : result;
    };

  let tokens = 0;
  const createToken = (): string => `token-${++tokens}`;
  const enqueue = (body: FlushMessage, delaySeconds: number): void => {
    queue.push({ message: { kind: 'flush', body }, visibleAt: now() + delaySeconds * 1000 });
  };

  /** A process that lives until it dies: what it remembers goes with it. */
  const startCollector = () => {
    const death = Promise.withResolvers<false>();
    let isDead = false;
    const die = (): void => {
      isDead = true;
      death.resolve(false);
    };
    const collect = createCollectDigests({
      putMembers: call(die, digests.putMembers),
      queueFlushes: call(die, async (sent) => {
        for (const { body, delaySeconds = 0 } of sent) {
          enqueue(flushMessageSchema.parse(JSON.parse(body)), delaySeconds);
        }
        return [];
      }),
      now,
      createToken,
      log,
    });
    return {
      isDead: () => isDead,
      run: async (events: readonly CatalogEvent[]): Promise<boolean> => {
        const collected = collect(events.map((event) => ({ event, subscriber })));
        return Promise.race([collected.then((failed) => failed.length === 0), death.promise]);
      },
    };
  };
  let collectors = Array.from({ length: instances }, startCollector);

  const posted: WebhookMessage[] = [];
  const flush = async (body: FlushMessage): Promise<boolean> => {
    const death = Promise.withResolvers<false>();
    const die = (): void => death.resolve(false);
    const write = (act: (delivery: Delivery) => void) =>
      call(die, async (rows: readonly Delivery[]) => {
        for (const row of rows) act(row);
      });
    const gather = createGatherDigest({
      digests: {
        listMembers: call(die, digests.listMembers),
        listSeals: call(die, digests.listSeals),
        seal: call(die, digests.seal),
        readSent: call(die, digests.readSent),
        listUnrecorded: call(die, digests.listUnrecorded),
        readEvents: call(die, digests.readEvents),
      },
      putDeliveries: write(ledger.put),
      advanceDeliveries: write(ledger.advance),
      queueFlush: call(die, async (message, delaySeconds) => enqueue(message, delaySeconds)),
      membersMax,
      now,
      createToken,
    });
    const send = async (): Promise<boolean> => {
      const message = await gather(body);
      if (message === undefined) return true;
      await call(die, async () => void posted.push(message))();
      const delivered = createDelivery(
        message.event,
        subscriber,
        { state: 'delivered', attempts: [], ...(message.digest && { digest: message.digest }) },
        now(),
      );
      await write(ledger.put)([delivered]);
      return true;
    };
    return Promise.race([send().catch(() => false), death.promise]);
  };

  let invocations = 0;
  const invoke = async (message: Message): Promise<void> => {
    const startedAt = now();
    const number = invocations++ % instances;
    const isDone =
      message.kind === 'flush'
        ? await flush(message.body)
        : ((await collectors[number]?.run(message.events)) ?? false);
    collectors = collectors.map((each) => (each.isDead() ? startCollector() : each));
    if (!isDone) queue.push({ message, visibleAt: Math.max(startedAt + visibilityMs, now()) });
  };

  let taken = 0;
  for (;;) {
    const due = queue.filter(({ visibleAt }) => visibleAt <= now());
    queue = queue.filter((each) => !due.includes(each));
    for (const { message } of due) void invoke(message);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const choice = turns[taken++ % Math.max(turns.length, 1)] ?? 0;
    if (waiting.length === 0) {
      if (queue.length === 0) break;
      nowMs = Math.max(nowMs, Math.min(...queue.map(({ visibleAt }) => visibleAt)));
    } else if (choice % 5 === 4) {
      // Everybody is slow for a while.
      nowMs += choice;
    } else {
      nowMs += choice % 7;
      waiting.splice(choice % waiting.length, 1)[0]?.();
    }
  }
  return { membersMax, events: [...events.values()], digests: [...digests.digests.values()], posted, ledger };
}

const aFault = fc.constantFrom<Fault>('throws before', 'throws after', 'dies before', 'dies after');
const aPlan: fc.Arbitrary<Plan> = fc.record({
  messages: fc.array(
    fc.record({
      events: fc.array(
        fc.record({ atMs: fc.integer({ min: 0, max: 2_500 }), key: fc.constantFrom('a', 'a', 'a', 'b') }),
        { minLength: 1, maxLength: 5 },
      ),
      lagMs: fc.integer({ min: 0, max: 8_000 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  again: fc.array(fc.record({ number: fc.nat(7), afterMs: fc.integer({ min: 0, max: 10_000 }) }), {
    maxLength: 3,
  }),
  turns: fc.array(fc.nat(3_000), { minLength: 20, maxLength: 60 }),
  faults: fc.array(fc.tuple(fc.nat(60), aFault), { maxLength: 8 }).map((faults) => new Map(faults)),
  knowsLedger: fc.boolean(),
  instances: fc.constantFrom(1, 2),
  membersMax: fc.integer({ min: 2, max: 6 }),
});

type Played = Awaited<ReturnType<typeof play>>;
const sealsOf = ({ digests }: Played) => digests.flatMap(({ seals }) => seals);
const always = (law: (played: Played) => void) =>
  fc.assert(
    fc.asyncProperty(aPlan, async (plan) => law(await play(plan))),
    { numRuns: 600 },
  );

describe('whatever the order, whoever dies and whatever comes twice', () => {
  test('every event is in exactly one digest, with those of its window and key alone', async () => {
    await always((played) => {
      const listed = sealsOf(played).flatMap(({ members }) => members.map(placeOf));
      expect(listed.toSorted()).toEqual(played.events.map(placeOf).toSorted());
      for (const { members } of sealsOf(played)) {
        const its = played.events.filter((event) =>
          members.some((member) => placeOf(member) === placeOf(event)),
        );
        const windows = its.map(({ timestamp }) => Math.floor(Date.parse(timestamp) / 1000 / windowSeconds));
        expect(new Set(windows).size).toBe(1);
        expect(new Set(its.map(({ data }) => data['key'])).size).toBe(1);
        expect(members.length).toBeLessThanOrEqual(played.membersMax);
      }
    });
  });

  test('every digest is sent, and comes again only with the same id and the same body', async () => {
    await always((played) => {
      const sent = new Map<string, WebhookMessage>();
      for (const message of played.posted) {
        const first = sent.get(message.event.id) ?? message;
        expect(message).toEqual(first);
        sent.set(message.event.id, first);
      }
      const carriers = sealsOf(played).map(({ members }) => members[0]?.id ?? '');
      expect([...sent.keys()].toSorted()).toEqual(carriers.toSorted());
      for (const { members } of sealsOf(played)) {
        const message = sent.get(members[0]?.id ?? '');
        const latest = played.events.find(({ id }) => id === members.at(-1)?.id);
        expect(message?.sent).toEqual(latest && composeDigest(latest, members));
        expect(message?.sent?.data['coalesced']).toMatchObject({
          count: members.length,
          event_ids: members.map(({ id }) => id),
        });
      }
    });
  });

  test('the ledger knows one end of every event, and those of one digest lead to its delivery', async () => {
    await always((played) => {
      expect(played.ledger.rows.size).toBe(played.events.length);
      const rowOf = (event: { readonly id: string }) =>
        [...played.ledger.rows.values()].find(({ event_id }) => event_id === event.id);
      for (const { members } of sealsOf(played)) {
        const [carrier, ...others] = members.map(rowOf);
        expect(carrier).toMatchObject({ state: 'delivered', digest: { count: members.length } });
        for (const other of others) {
          expect(other).toMatchObject({ state: 'filtered', reason: `sent as part of ${carrier?.id}` });
        }
      }
    });
  });
});

describe('while nothing goes wrong', () => {
  test('events that are there before their window is over are one digest for each key and window', async () => {
    const anOrderlyPlan = fc.record({
      messages: fc.array(
        fc.record({
          events: fc.array(
            fc.record({ atMs: fc.constantFrom(0, 500, 1_999), key: fc.constantFrom('a', 'b') }),
            { minLength: 1, maxLength: 2 },
          ),
          lagMs: fc.integer({ min: 0, max: 1_500 }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(anOrderlyPlan, async ({ messages }) => {
        const played = await play({
          messages,
          again: [],
          turns: [0],
          faults: new Map(),
          knowsLedger: true,
          instances: 2,
          membersMax: 10,
        });
        expect(played.digests.map(({ seals }) => seals.length)).toEqual(played.digests.map(() => 1));
        expect(played.posted).toHaveLength(played.digests.length);
      }),
    );
  });
});
