import { describe, expect, it } from 'vitest';
import { hookMessageSchema } from '../../shared/delivery.ts';
import type { Delivery, HookMessage } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Hook } from '../../shared/hook.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { aHook, aHookMessage } from '../../test/builders/a-hook.ts';
import { aReceived } from '../../test/builders/a-received.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { createStartHooks } from './start-hooks.ts';

interface Given {
  hooks?: readonly Hook[];
  unqueued?: (hookId: string | undefined) => boolean;
  workerFails?: boolean;
  hooksUnreadable?: (tenant: string) => boolean;
  known?: unknown;
}

function setUp(given: Given = {}) {
  const queued: { body: string; groupId?: string }[] = [];
  const waiting: QueueMessage[] = [];
  const parked: Delivery[] = [];
  const order: string[] = [];
  const workers: number[] = [];
  const reads: [string, number | undefined][] = [];
  const start = createStartHooks({
    listHooks: async (tenant, version) => {
      reads.push([tenant, version]);
      if (given.hooksUnreadable?.(tenant)) throw new Error('no table');
      return given.hooks ?? [aHook()];
    },
    findRun: async () => given.known,
    putDeliveries: async (deliveries) => {
      parked.push(...deliveries);
    },
    queueRuns: async (messages) => {
      order.push('queue');
      const failed = messages.filter(({ groupId }) => given.unqueued?.(groupId));
      queued.push(...messages.filter((message) => !failed.includes(message)));
      return failed;
    },
    queueWaits: async (messages) => {
      waiting.push(...messages);
      return [];
    },
    ensureWorkers: async (count) => {
      order.push('worker');
      workers.push(count);
      if (given.workerFails) throw new Error('no capacity');
    },
    now: () => noonMs,
    log: collectLog(),
  });
  const handle = (...events: CatalogEvent[]) =>
    start(events.map((event, index) => aReceived({ kind: 'event', event }, { messageId: `m${index + 1}` })));
  const retry = (run: HookMessage) => start([aReceived({ kind: 'retry', run }, { messageId: 'm1' })]);
  const runs = () => queued.map(({ body }) => hookMessageSchema.parse(JSON.parse(body)));
  const backlog = (...wanted: number[]) =>
    start(
      wanted.map((workers_wanted, index) =>
        aReceived({ kind: 'backlog', workers_wanted }, { messageId: `b${index + 1}` }),
      ),
    );
  return { handle, retry, backlog, workers, waiting, queued, parked, order, reads, runs };
}

describe('events for hooks', () => {
  it('become one run for every hook that subscribed, in the hook’s own group', async () => {
    const hooks = [
      aHook({ id: 'hk_all' }),
      aHook({ id: 'hk_one', event_names: ['batch_complete', 'subtitle_downloaded'] }),
      aHook({ id: 'hk_other', event_names: ['config_updated'] }),
    ];
    const { handle, queued, runs } = setUp({ hooks });
    expect(await handle(anEvent())).toEqual([]);
    expect(runs()).toEqual([
      { event: anEvent(), hook_id: 'hk_all' },
      { event: anEvent(), hook_id: 'hk_one' },
    ]);
    expect(queued.map(({ groupId }) => groupId)).toEqual(['hk_all', 'hk_one']);
  });

  it('are queued for the whole batch before one worker is seen to', async () => {
    const { handle, order, runs } = setUp();
    await handle(anEvent({ id: 'evt_1' }), anEvent({ id: 'evt_2' }), anEvent({ id: 'evt_3' }));
    expect(order).toEqual(['queue', 'worker']);
    expect(runs()).toHaveLength(3);
  });

  it('that concern no hook start no worker', async () => {
    const { handle, order } = setUp({ hooks: [] });
    expect(await handle(anEvent())).toEqual([]);
    expect(order).toEqual([]);
  });

  it('about runs never start runs', async () => {
    const { handle, queued, reads } = setUp();
    expect(await handle(anEvent({ event_name: 'hook_executed' }))).toEqual([]);
    expect(queued).toEqual([]);
    expect(reads).toEqual([]);
  });

  it('are matched with hooks at least as new as the event', async () => {
    const { handle, reads } = setUp();
    await handle(anEvent({ audience: { version: 7, hooks: true, live: false } }));
    expect(reads).toEqual([['default', 7]]);
  });

  it('are parked where the hook is disabled', async () => {
    const { handle, queued, parked, order } = setUp({ hooks: [aHook({ enabled: false })] });
    expect(await handle(anEvent())).toEqual([]);
    expect(queued).toEqual([]);
    expect(order).toEqual([]);
    expect(parked).toMatchObject([
      { state: 'parked', endpoint_id: 'hk_01', reason: 'the hook is disabled', attempts: [] },
    ]);
  });

  it('that a hook’s filter keeps out are told of in the ledger with the reason, and start nothing', async () => {
    const filter = JSON.stringify({ data: { score: [{ numeric: ['>', 5] }] } });
    const hooks = [aHook({ id: 'hk_high', filter }), aHook({ id: 'hk_off', filter, enabled: false })];
    const { handle, runs, parked } = setUp({ hooks });
    expect(await handle(anEvent({ id: 'low', data: { score: 3 } }))).toEqual([]);
    expect(runs()).toEqual([]);
    const row = { state: 'filtered', reason: 'data.score is 3; accepted: {"numeric":[">",5]}', attempts: [] };
    expect(parked).toMatchObject([
      { ...row, endpoint_id: 'hk_high' },
      { ...row, endpoint_id: 'hk_off' },
    ]);
    await handle(anEvent({ id: 'high', data: { score: 7 } }));
    expect(runs()).toMatchObject([{ hook_id: 'hk_high', event: { id: 'high' } }]);
    expect(parked.at(-1)).toMatchObject({ endpoint_id: 'hk_off', state: 'parked' });
  });

  it('that come again after their hook was disabled keep what became of their run', async () => {
    const { handle, parked } = setUp({ hooks: [aHook({ enabled: false })], known: { state: 'delivered' } });
    await handle(anEvent());
    expect(parked).toEqual([]);
  });

  it('are reported as failed exactly where a run could not be queued', async () => {
    const { handle } = setUp({ unqueued: (hookId) => hookId === 'hk_01' });
    expect(await handle(anEvent(), anEvent({ event_name: 'hook_executed' }))).toEqual(['m1']);
  });

  it('are reported as failed when nobody could be started to run them', async () => {
    const { handle } = setUp({ workerFails: true });
    expect(await handle(anEvent(), anEvent({ event_name: 'hook_executed' }))).toEqual(['m1']);
  });

  it('of one tenant do not fail with those of another one', async () => {
    const { handle, runs } = setUp({ hooksUnreadable: (tenant) => tenant === 'broken' });
    expect(await handle(anEvent({ tenant: 'broken' }), anEvent({ tenant: 'whole' }))).toEqual(['m1']);
    expect(runs()).toMatchObject([{ event: { tenant: 'whole' } }]);
  });
});

describe('a retry of a run', () => {
  it('that is due goes to the workers, and one is seen to', async () => {
    const { retry, runs, order, waiting } = setUp();
    expect(await retry(aHookMessage({ retry: 1 }))).toEqual([]);
    expect(runs()).toEqual([{ event: anEvent(), hook_id: 'hk_01', retry: 1 }]);
    expect(order).toEqual(['queue', 'worker']);
    expect(waiting).toEqual([]);
  });

  it('that is not due yet waits on, in hops of at most 900 s, and needs no worker', async () => {
    const { retry, runs, order, waiting } = setUp();
    const later = aHookMessage({ retry: 2, not_before: noonMs + 2_000_000 });
    expect(await retry(later)).toEqual([]);
    expect(await retry({ ...later, not_before: noonMs + 60_000 })).toEqual([]);
    expect(runs()).toEqual([]);
    expect(order).not.toContain('worker');
    const { not_before: _before, ...due } = later;
    expect(waiting.map(({ body, delaySeconds }) => [JSON.parse(body), delaySeconds])).toEqual([
      [later, 900],
      [due, 60],
    ]);
  });

  it('comes again when it was not queued or nobody could be started', async () => {
    expect(await setUp({ unqueued: () => true }).retry(aHookMessage({ retry: 1 }))).toEqual(['m1']);
    expect(await setUp({ workerFails: true }).retry(aHookMessage({ retry: 1 }))).toEqual(['m1']);
  });
});

describe('workers', () => {
  it('are one for few runs, and one more for each 60 that are queued at once', async () => {
    const few = setUp();
    await few.handle(anEvent());
    expect(few.workers).toEqual([1]);
    const hooks = Array.from({ length: 121 }, (_, index) => aHook({ id: `hk_${index}` }));
    const many = setUp({ hooks });
    await many.handle(anEvent());
    expect(many.workers).toEqual([3]);
  });

  it('come when a worker says that it cannot keep up', async () => {
    const { backlog, workers, queued } = setUp();
    expect(await backlog(2, 4, 3)).toEqual([]);
    expect(workers).toEqual([4]);
    expect(queued).toEqual([]);
  });

  it('that could not be started for a backlog are asked for again by who is behind, not by the queue', async () => {
    expect(await setUp({ workerFails: true }).backlog(2)).toEqual([]);
  });
});
