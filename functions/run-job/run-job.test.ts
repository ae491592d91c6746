import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { aHook } from '../../test/builders/a-hook.ts';
import { aJob } from '../../test/builders/a-job.ts';
import { aReceived } from '../../test/builders/a-received.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memoryJobs } from '../../test/builders/memory-jobs.ts';
import { memoryLedger } from '../../test/builders/memory-ledger.ts';
import type { ReplayRows } from '../../shared/aws/replay-rows.ts';
import {
  createDelivery,
  hookMessageSchema,
  isOvertaken,
  webhookMessageSchema,
} from '../../shared/delivery.ts';
import type { Delivery, DeliveryState } from '../../shared/delivery.ts';
import { kindOf } from '../../shared/endpoint.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Hook } from '../../shared/hook.ts';
import type { EndpointId } from '../../shared/ids.ts';
import type { Job } from '../../shared/job.ts';
import { hookPace, isWaiting, webhookPace } from '../../shared/replay.ts';
import { createSendAnew, roundAfter } from '../../shared/send-anew.ts';
import { createHookChannel, createWebhookChannel } from '../../shared/send-channel.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createReplayPage } from './replay-page.ts';
import { createRunJob } from './run-job.ts';

/** The process is gone: nothing after this happens, no catch and no answer either. */
class Death extends Error {}

interface Stored {
  readonly event: CatalogEvent;
  readonly state: DeliveryState;
  readonly isKept: boolean;
}

const anEventNumber = (index: number): CatalogEvent =>
  anEvent({
    id: `evt_${String(index).padStart(4, '0')}`,
    timestamp: new Date(noonMs - 3_600_000 + index * 1000).toISOString(),
  });

const messageSchema = z.union([webhookMessageSchema, hookMessageSchema]);
/** What both kinds of message tell. */
interface Sent {
  readonly message: z.infer<typeof messageSchema>;
  readonly atMs: number;
  readonly dueMs: number;
}

interface WorldOptions {
  /** As it is when the job looks; undefined when it was deleted. */
  readonly endpoint?: Webhook | Hook | undefined;
  /** How long after it was due a run is taken, in milliseconds; undefined when nobody takes any. */
  readonly takenAfterMs?: number | undefined;
}

/** A world around the worker, with a clock that its steps move and a process that may die at any of them. */
function aWorld(stored: readonly Stored[], endpointId: EndpointId = 'wh_01', options: WorldOptions = {}) {
  let nowMs = noonMs;
  let stepsToLive = Infinity;
  const log = collectLog();
  const ledger = memoryLedger();
  const jobs = memoryJobs();
  const sent: Sent[] = [];
  /** How many of those that were sent had a worker seen to after them. */
  let attended = 0;
  const jobMessages: { readonly job: Job; readonly dueMs: number }[] = [];
  const events = new Map(stored.filter(({ isKept }) => isKept).map(({ event }) => [event.id, event]));
  const enabled = kindOf(endpointId) === 'hook' ? aHook() : aWebhook();
  const endpoint = 'endpoint' in options ? options.endpoint : enabled;
  const takenAfterMs = 'takenAfterMs' in options ? options.takenAfterMs : 0;
  for (const { event, state } of stored) {
    ledger.put(createDelivery(event, { id: endpointId, name: 'w' }, { state, attempts: [] }, noonMs));
  }
  const rowOf = (sk: string): Delivery | undefined =>
    [...ledger.rows.values()].find((row) => `${row.event_timestamp}#${row.event_id}` === sk);

  /** Dies before or after what it does: both can happen. */
  const mortal =
    <Arguments extends unknown[], Result>(act: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      nowMs += 5;
      if (--stepsToLive <= 0) throw new Death();
      const result = await act(...given);
      if (--stepsToLive <= 0) throw new Death();
      return result;
    };

  const chosen = ({ selection, after = '' }: Parameters<ReplayRows['count']>[0]) =>
    [...ledger.rows.values()]
      .map((row) => ({ row, sk: `${row.event_timestamp}#${row.event_id}` }))
      .filter(({ row, sk }) => selection.states.some((state) => state === row.state) && sk > after)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1));

  const queue = async <Message extends { readonly body: string; readonly delaySeconds: number }>(
    messages: readonly Message[],
  ): Promise<readonly Message[]> => {
    for (const message of messages) {
      await mortal(async () => {
        sent.push({
          message: messageSchema.parse(JSON.parse(message.body)),
          atMs: nowMs,
          dueMs: nowMs + message.delaySeconds * 1000,
        });
      })();
      await world.onSent(sent.length);
    }
    return [];
  };

  const runJob = createRunJob({
    jobs: { get: mortal(jobs.get), add: mortal(jobs.add), update: mortal(jobs.update) },
    rows: {
      count: mortal(async (search) => ({ count: chosen(search).length, after: undefined })),
      find: mortal(async (search, limit) => {
        const planned = chosen(search)
          .slice(0, limit)
          .map(({ row, sk }) => ({ sk, round: roundAfter(row) }));
        return { planned, after: planned.at(-1)?.sk };
      }),
      listWaiting: mortal(async (_of, planned, dueBy) =>
        planned.filter(({ sk, round }) => {
          const row = rowOf(sk);
          if (row === undefined || !isWaiting(row, round, dueBy)) return false;
          const dueMs = Date.parse(row.retrying_until ?? '');
          return takenAfterMs === undefined || nowMs < dueMs + takenAfterMs;
        }),
      ),
    },
    replayPage: createReplayPage({
      readDeliveries: mortal(async (keys) =>
        keys.map(({ event, endpointId }) => ({
          delivery: ledger.find(anEvent(event), endpointId),
          event: events.get(event.id),
        })),
      ),
      sendAnew: createSendAnew({
        channels: {
          webhook: createWebhookChannel({
            findAudience: mortal(async () => ({ version: 7, hooks: false, live: false })),
            queueDeliveries: queue,
          }),
          hook: createHookChannel({
            queueRuns: queue,
            ensureWorker: mortal(async () => {
              attended = sent.length;
            }),
          }),
        },
        advanceDeliveries: async (deliveries) => {
          for (const delivery of deliveries) await mortal(async () => ledger.advance(delivery))();
        },
        now: () => nowMs,
      }),
      now: () => nowMs,
    }),
    findEndpoint: mortal(async () => endpoint),
    paceOf: (id) => (kindOf(id) === 'hook' ? hookPace : webhookPace),
    queueJob: mortal(async (job, delaySeconds) => {
      jobMessages.push({ job, dueMs: nowMs + delaySeconds * 1000 });
    }),
    now: () => nowMs,
    log,
  });

  /** As the queue does it: what was not finished comes again when the message is visible again. */
  const deliver = async (lifetimes: readonly number[], invocationMs = 60_000): Promise<void> => {
    const lives = [...lifetimes];
    for (let invocations = 0; jobMessages.length > 0; invocations++) {
      if (invocations > 1000) throw new Error('the job does not end');
      jobMessages.sort((a, b) => a.dueMs - b.dueMs);
      const [message] = jobMessages.splice(0, 1);
      if (message === undefined) break;
      nowMs = Math.max(nowMs, message.dueMs);
      stepsToLive = lives.shift() ?? Infinity;
      const endsMs = nowMs + invocationMs;
      const failed = await runJob([aReceived(message.job)], {
        getRemainingTimeInMillis: () => endsMs - nowMs,
      });
      if (failed.length > 0) jobMessages.push({ job: message.job, dueMs: nowMs + 360_000 });
    }
  };

  const world = {
    onSent: async (_count: number): Promise<void> => undefined,
    log,
    ledger,
    jobs,
    sent,
    attended: () => attended,
    deliver,
    queue: (job: Job) => jobMessages.push({ job, dueMs: nowMs }),
    now: () => nowMs,
    /** What a receiver gets, of messages that come one after the other as far as the ledger tells. */
    receive: () => {
      const received: string[] = [];
      for (const { message } of sent) {
        const known = ledger.find(message.event, endpointId);
        if (known !== undefined && isOvertaken({ attempts: [], round: message.round }, known)) continue;
        received.push(`${message.event.id} ${message.round}`);
        const round = message.round === undefined ? {} : { round: message.round };
        ledger.advance(
          createDelivery(
            message.event,
            { id: endpointId, name: 'w' },
            { state: 'delivered', attempts: [], ...round },
            nowMs,
          ),
        );
      }
      return received;
    },
  };
  return world;
}

const storedArbitrary = fc.array(
  fc.record({
    state: fc.constantFrom('exhausted', 'refused', 'parked', 'delivered', 'retrying', 'filtered'),
    isKept: fc.boolean(),
  }),
  { maxLength: 24 },
);
const numbered = (rows: readonly { state: DeliveryState; isKept: boolean }[]): Stored[] =>
  rows.map((row, index) => ({ ...row, event: anEventNumber(index) }));
const isChosen = ({ state }: Stored): boolean => ['exhausted', 'refused', 'parked'].includes(state);

const many = (count: number, state: DeliveryState): Stored[] =>
  numbered(Array.from({ length: count }, () => ({ state, isKept: true })));

describe.each(['wh_01', 'hk_01'] as const)('a replay of %s', (endpoint_id) => {
  test('whose process dies at any step sends every chosen delivery once and is done with all accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(
        storedArbitrary,
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
        fc.constantFrom(1, 3, 50),
        async (rows, lifetimes, rate_per_second) => {
          const stored = numbered(rows);
          const world = aWorld(stored, endpoint_id);
          const job = aJob({ endpoint_id, rate_per_second });
          world.queue(job);
          await world.deliver(lifetimes);

          const expected = stored.filter((each) => isChosen(each) && each.isKept);
          expect(world.receive()).toEqual(expected.map(({ event }) => `${event.id} 1`));
          const lost = stored.filter((each) => isChosen(each) && !each.isKept).length;
          await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({
            state: 'done',
            total: expected.length + lost,
            done: expected.length,
            failed: lost,
          });
          if (endpoint_id === 'hk_01') expect(world.attended()).toBe(world.sent.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('goes on in another invocation when its time runs short', async () => {
    const world = aWorld(many(30, 'exhausted'), endpoint_id);
    const job = aJob({ endpoint_id, rate_per_second: 1 });
    world.queue(job);
    await world.deliver([], 20_020);
    expect(world.receive()).toHaveLength(30);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({ state: 'done', done: 30 });
  });

  test('that comes twice while it is worked on goes on once', async () => {
    const world = aWorld(many(5, 'parked'), endpoint_id);
    const job = aJob({ endpoint_id });
    world.queue(job);
    world.queue(job);
    await world.deliver([12]);
    expect(world.receive()).toHaveLength(5);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({ state: 'done', done: 5 });
  });

  test('that is cancelled sends nothing beyond the page in hand, and tells what it has sent', async () => {
    const world = aWorld(many(100, 'parked'), endpoint_id);
    const job = aJob({ endpoint_id, rate_per_second: 5 });
    world.onSent = async (count) => {
      if (count === 3) await world.jobs.update('default', job.id, { state: 'cancelled' });
    };
    world.queue(job);
    await world.deliver([]);
    const page = endpoint_id === 'wh_01' ? 25 : 5;
    expect(world.sent).toHaveLength(page);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({
      state: 'cancelled',
      total: 100,
      done: page,
    });
  });

  test.each([
    [undefined, 'was deleted.'],
    [{ enabled: false, disabled_reason: 'it failed' }, 'is disabled (it failed).'],
  ])('ends as failed when its endpoint can take nothing: %j', async (fields, reason) => {
    const [kind, anEndpoint] =
      endpoint_id === 'wh_01' ? (['webhook', aWebhook] as const) : (['hook', aHook] as const);
    const endpoint = fields === undefined ? undefined : anEndpoint(fields);
    const world = aWorld(many(1, 'parked'), endpoint_id, { endpoint });
    const job = aJob({ endpoint_id });
    world.queue(job);
    await world.deliver([]);
    expect(world.sent).toEqual([]);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(`The ${kind} ${reason}`),
    });
  });

  test('tells which deliveries it could not send, and why', async () => {
    const world = aWorld(numbered([{ state: 'parked', isKept: false }]), endpoint_id);
    const job = aJob({ endpoint_id });
    world.queue(job);
    await world.deliver([]);
    const ended = await world.jobs.get('default', job.id);
    expect(ended?.failures).toEqual([
      {
        delivery_id: expect.stringMatching(new RegExp(`^dlv_.*\\.evt_0000\\.${endpoint_id}$`)),
        reason: 'its event is no longer kept',
      },
    ]);
    // No worker is started for nothing.
    expect(world.attended()).toBe(0);
  });
});

describe('a replay of a webhook', () => {
  test('keeps its rate however many messages it takes, and queues nothing far ahead', async () => {
    const world = aWorld(many(250, 'parked'));
    world.queue(aJob({ rate_per_second: 5 }));
    await world.deliver([]);
    expect(world.sent).toHaveLength(250);
    const dueSeconds = world.sent.map(({ dueMs }) => (dueMs - noonMs) / 1000);
    for (const [index, due] of dueSeconds.entries()) {
      expect(due).toBeGreaterThanOrEqual(index / 5);
      expect(due).toBeLessThan(index / 5 + 10);
    }
    // A queue delays by whole seconds.
    expect(Math.max(...world.sent.map(({ atMs, dueMs }) => dueMs - atMs))).toBeLessThan(11_000);
  });

  test('sends what the sender takes as a new round with the audience of now', async () => {
    const world = aWorld(many(1, 'exhausted'));
    world.queue(aJob());
    await world.deliver([]);
    expect(world.sent[0]?.message).toMatchObject({
      round: 1,
      attempts: [],
      attempts_before: 0,
      event: { audience: { version: 7 } },
    });
    expect([...world.ledger.rows.values()]).toEqual([
      expect.objectContaining({ state: 'retrying', round: 1, retrying_until: expect.any(String) }),
    ]);
  });
});

describe('a replay of a hook', () => {
  async function replay(count: number, options: WorldOptions, rate_per_second = 500) {
    const world = aWorld(many(count, 'parked'), 'hk_01', options);
    const job = aJob({ endpoint_id: 'hk_01', rate_per_second });
    world.queue(job);
    await world.deliver([]);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({ state: 'done', done: count });
    return world.sent;
  }

  test('keeps its rate, and queues nothing before it is due', async () => {
    const sent = await replay(60, {}, 5);
    expect(sent.every(({ atMs, dueMs }) => dueMs === atMs)).toBe(true);
    for (const [index, { atMs }] of sent.entries()) {
      const oneSecondOn = sent[index + 5];
      if (oneSecondOn !== undefined) expect(oneSecondOn.atMs - atMs).toBeGreaterThanOrEqual(990);
    }
  });

  test.each([1_000, 60_000])(
    'whose runs wait %i ms each for a worker leaves at most fifty of them in front of what is new',
    async (takenAfterMs) => {
      const sent = await replay(300, { takenAfterMs });
      for (const { atMs } of sent) {
        const waiting = sent.filter((other) => other.atMs <= atMs && atMs < other.atMs + takenAfterMs);
        expect(waiting.length).toBeLessThanOrEqual(50);
      }
      // Half as long again as they take one page after the other.
      const lastedMs = (sent.at(-1)?.atMs ?? 0) - noonMs;
      expect(lastedMs).toBeLessThan((300 / 25) * takenAfterMs * 1.5);
    },
  );

  test('whose runs are taken as they come is not held up', async () => {
    const sent = await replay(300, { takenAfterMs: 0 });
    expect((sent.at(-1)?.atMs ?? 0) - noonMs).toBeLessThan((300 / 25) * 2_000);
  });

  test('whose runs nobody ever takes goes on in the end', async () => {
    const sent = await replay(75, { takenAfterMs: undefined });
    const third = sent[50];
    expect((third?.atMs ?? 0) - noonMs).toBeGreaterThan(30 * 60_000);
  });
});
