import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aJob } from '../../test/builders/a-job.ts';
import { aReceived } from '../../test/builders/a-received.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memoryJobs } from '../../test/builders/memory-jobs.ts';
import { memoryLedger } from '../../test/builders/memory-ledger.ts';
import type { ReplayRows } from '../../shared/aws/replay-rows.ts';
import { createDelivery, isOvertaken, webhookMessageSchema } from '../../shared/delivery.ts';
import type { DeliveryState, WebhookMessage } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Job } from '../../shared/job.ts';
import { queuedAheadMs } from '../../shared/replay.ts';
import { createSendAnew, roundAfter } from '../../shared/send-anew.ts';
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

/** A world around the worker, with a clock that its steps move and a process that may die at any of them. */
function aWorld(stored: readonly Stored[], options: { readonly webhook?: Webhook | undefined } = {}) {
  let nowMs = noonMs;
  let stepsToLive = Infinity;
  const log = collectLog();
  const ledger = memoryLedger();
  const jobs = memoryJobs();
  const sent: { readonly message: WebhookMessage; readonly atMs: number; readonly dueMs: number }[] = [];
  const jobMessages: { readonly job: Job; readonly dueMs: number }[] = [];
  const events = new Map(stored.filter(({ isKept }) => isKept).map(({ event }) => [event.id, event]));
  const webhook = 'webhook' in options ? options.webhook : aWebhook();
  for (const { event, state } of stored) {
    ledger.put(createDelivery(event, { id: 'wh_01', name: 'w' }, { state, attempts: [] }, noonMs));
  }

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
    },
    replayPage: createReplayPage({
      readDeliveries: mortal(async (keys) =>
        keys.map(({ event, endpointId }) => ({
          delivery: ledger.find(anEvent(event), endpointId),
          event: events.get(event.id),
        })),
      ),
      sendAnew: createSendAnew({
        findAudience: mortal(async () => ({ version: 7, hooks: false, live: false })),
        queueDeliveries: async (messages) => {
          for (const message of messages) {
            await mortal(async () => {
              sent.push({
                message: webhookMessageSchema.parse(JSON.parse(message.body)),
                atMs: nowMs,
                dueMs: nowMs + message.delaySeconds * 1000,
              });
            })();
            await world.onSent(sent.length);
          }
          return [];
        },
        advanceDeliveries: async (deliveries) => {
          for (const delivery of deliveries) await mortal(async () => ledger.advance(delivery))();
        },
        now: () => nowMs,
      }),
      now: () => nowMs,
    }),
    findWebhook: mortal(async () => webhook),
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
    deliver,
    queue: (job: Job) => jobMessages.push({ job, dueMs: nowMs }),
    now: () => nowMs,
    /** What a receiver gets, of messages that come one after the other as far as the ledger tells. */
    receive: () => {
      const received: string[] = [];
      for (const { message } of sent) {
        const known = ledger.find(message.event, message.webhook_id);
        if (known !== undefined && isOvertaken(message, known)) continue;
        received.push(`${message.event.id} ${message.round}`);
        ledger.advance(
          createDelivery(
            message.event,
            { id: message.webhook_id, name: 'w' },
            {
              state: 'delivered',
              attempts: [],
              ...(message.round === undefined ? {} : { round: message.round }),
            },
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

describe('a replay', () => {
  test('whose process dies at any step sends every chosen delivery once and is done with all accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(
        storedArbitrary,
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
        fc.constantFrom(1, 3, 50),
        async (rows, lifetimes, rate_per_second) => {
          const stored = numbered(rows);
          const world = aWorld(stored);
          const job = aJob({ rate_per_second });
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
        },
      ),
      { numRuns: 300 },
    );
  });

  test('keeps its rate however many messages it takes, and queues nothing far ahead', async () => {
    const stored = numbered(Array.from({ length: 250 }, () => ({ state: 'parked', isKept: true })));
    const world = aWorld(stored);
    world.queue(aJob({ rate_per_second: 5 }));
    await world.deliver([]);
    expect(world.sent).toHaveLength(250);
    const dueSeconds = world.sent.map(({ dueMs }) => (dueMs - noonMs) / 1000);
    for (const [index, due] of dueSeconds.entries()) {
      expect(due).toBeGreaterThanOrEqual(index / 5);
      expect(due).toBeLessThan(index / 5 + 10);
    }
    // A queue delays by whole seconds.
    expect(Math.max(...world.sent.map(({ atMs, dueMs }) => dueMs - atMs))).toBeLessThan(queuedAheadMs + 1000);
  });

  test('goes on in another invocation when its time runs short', async () => {
    const stored = numbered(Array.from({ length: 30 }, () => ({ state: 'exhausted', isKept: true })));
    const world = aWorld(stored);
    const job = aJob({ rate_per_second: 1 });
    world.queue(job);
    await world.deliver([], 20_020);
    expect(world.receive()).toHaveLength(30);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({ state: 'done', done: 30 });
  });

  test('that comes twice while it is worked on goes on once', async () => {
    const stored = numbered(Array.from({ length: 5 }, () => ({ state: 'parked', isKept: true })));
    const world = aWorld(stored);
    const job = aJob();
    world.queue(job);
    world.queue(job);
    await world.deliver([12]);
    expect(world.receive()).toHaveLength(5);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({ state: 'done', done: 5 });
  });

  test('that is cancelled sends nothing beyond the page in hand, and tells what it has sent', async () => {
    const stored = numbered(Array.from({ length: 100 }, () => ({ state: 'parked', isKept: true })));
    const world = aWorld(stored);
    const job = aJob({ rate_per_second: 1 });
    world.onSent = async (count) => {
      if (count === 3) await world.jobs.update('default', job.id, { state: 'cancelled' });
    };
    world.queue(job);
    await world.deliver([]);
    expect(world.sent).toHaveLength(5);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({
      state: 'cancelled',
      total: 100,
      done: 5,
    });
  });

  test.each([
    [undefined, 'The webhook was deleted.'],
    [aWebhook({ enabled: false, disabled_reason: 'it failed' }), 'The webhook is disabled (it failed).'],
  ])('ends as failed when its webhook can take nothing', async (webhook, reason) => {
    const stored = numbered([{ state: 'parked', isKept: true }]);
    const world = aWorld(stored, { webhook });
    const job = aJob();
    world.queue(job);
    await world.deliver([]);
    expect(world.sent).toEqual([]);
    await expect(world.jobs.get('default', job.id)).resolves.toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(reason),
    });
  });

  test('tells which deliveries it could not send, and why', async () => {
    const stored = numbered([{ state: 'parked', isKept: false }]);
    const world = aWorld(stored);
    const job = aJob();
    world.queue(job);
    await world.deliver([]);
    const ended = await world.jobs.get('default', job.id);
    expect(ended?.failures).toEqual([
      {
        delivery_id: expect.stringMatching(/^dlv_.*\.evt_0000\.wh_01$/),
        reason: 'its event is no longer kept',
      },
    ]);
  });

  test('sends what the sender takes as a new round with the audience of now', async () => {
    const stored = numbered([{ state: 'exhausted', isKept: true }]);
    const world = aWorld(stored);
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
