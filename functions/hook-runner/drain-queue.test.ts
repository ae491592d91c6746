import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceivedMessage, RunQueue } from '../../shared/aws/hook-run-queue.ts';
import type { LeaseRow, WorkerLease } from '../../shared/aws/hook-worker-lease.ts';
import { openWorkerLease } from '../../shared/aws/hook-worker-lease.ts';
import { createEnsureWorker } from '../../shared/aws/hook-worker.ts';
import type { Lease } from '../../shared/hook-run-lease.ts';
import { aHookMessage } from '../../test/builders/a-hook.ts';
import { anEvent } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { drainQueue } from './drain-queue.ts';
import type { Role } from './drain-queue.ts';
import type { Pause } from './insist.ts';
import type { RunHook } from './run-hook.ts';

const bodyOf = (eventId: string, fields: { round?: number; retry?: number } = {}): string =>
  JSON.stringify(aHookMessage({ event: anEvent({ id: eventId }), ...fields }));

/** A queue in memory, whose seconds are milliseconds: a receive waits for the next message that long. */
function createQueue() {
  const waiting: ReceivedMessage[] = [];
  const inFlight = new Set<string>();
  const released: [string, number][] = [];
  const receives: number[] = [];
  let arrived = Promise.withResolvers<undefined>();
  let sent = 0;
  const queue: RunQueue = {
    async receive(count, waitSeconds, signal) {
      receives.push(count);
      if (waiting.length === 0) {
        const over = delay(waitSeconds, undefined, signal === undefined ? {} : { signal });
        over.catch(() => undefined);
        await Promise.race([arrived.promise, over]);
      }
      const taken = waiting.splice(0, count);
      for (const { receiptHandle } of taken) inFlight.add(receiptHandle);
      return taken;
    },
    hold: async () => [],
    release: async (handle, delaySeconds = 0) => {
      released.push([handle, delaySeconds]);
      return inFlight.delete(handle);
    },
    remove: async (handle) => inFlight.delete(handle),
    count: async () => ({ waiting: waiting.length, left: waiting.length + inFlight.size }),
  };
  return {
    queue,
    released,
    receives,
    inFlight,
    send(body: string, messageId = `m${sent + 1}`, receives = 1) {
      sent += 1;
      waiting.push({ messageId, receiptHandle: `r${sent}`, body, receives });
      arrived.resolve(undefined);
      arrived = Promise.withResolvers();
    },
  };
}

function createLease() {
  const calls: string[] = [];
  const lease: WorkerLease = {
    take: async () => {
      calls.push('take');
      return true;
    },
    refresh: async () => true,
    release: async () => {
      calls.push('release');
      return true;
    },
  };
  return { lease, calls };
}

/** Between two heartbeats, and between two looks at the backlog. */
const rhythmsMs: ReadonlySet<number> = new Set([20_000, 5_000]);

/** Time stands still but for pauses: nobody waits for a heartbeat, who waits for a grace gets it at once. */
const noHeartbeat: Pause = (ms, signal) =>
  rhythmsMs.has(ms)
    ? new Promise((resolve) => {
        if (signal?.aborted) resolve();
        signal?.addEventListener('abort', () => resolve());
      })
    : Promise.resolve();

function setUp(
  runHook: RunHook,
  fields: { concurrency?: number; idleMs?: number; pause?: Pause; role?: Role } = {},
) {
  const fake = createQueue();
  const { lease, calls } = createLease();
  const log = collectLog();
  const requested = new AbortController();
  const urgent = new AbortController();
  const asked: number[] = [];
  const dependencies = {
    role: fields.role ?? {
      kind: 'first' as const,
      askForWorkers: async (count: number) => {
        asked.push(count);
      },
    },
    queue: fake.queue,
    lease,
    runHook,
    concurrency: fields.concurrency ?? 2,
    idleMs: fields.idleMs ?? 0,
    pause: fields.pause ?? noHeartbeat,
    now: () => 0,
    log,
  };
  const stop = { requested: requested.signal, urgent: urgent.signal };
  return {
    ...fake,
    lease: dependencies.lease,
    leaseCalls: calls,
    asked,
    log,
    requested,
    urgent,
    dependencies,
    stop,
  };
}

const untilAborted: Pause = (_ms, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve());
  });

/** A `RunHook` whose runs end when the test says so. */
function createManualRuns(queue: () => Pick<RunQueue, 'remove' | 'release'>) {
  const open = new Map<string, { end: () => void; signal: AbortSignal; slot: number }>();
  const begun: string[] = [];
  const runHook: RunHook = async (message, slots, signal) => {
    const slot = await slots.take();
    if (slot === undefined) {
      await queue().release(message.receiptHandle);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    begun.push(message.messageId);
    open.set(message.messageId, { end: () => resolve(undefined), signal, slot });
    signal.addEventListener('abort', () => resolve(undefined));
    await promise;
    open.delete(message.messageId);
    slots.giveBack(slot);
    await queue().remove(message.receiptHandle);
  };
  return { open, begun, runHook };
}

describe('a worker', () => {
  it('works off the queue, gives its lease back and ends', async () => {
    const ran: string[] = [];
    const worker = setUp(async (message) => {
      ran.push(message.run.event.id);
      await worker.queue.remove(message.receiptHandle);
    });
    for (const id of ['evt_1', 'evt_2', 'evt_3']) worker.send(bodyOf(id));
    expect(await drainQueue(worker.dependencies, worker.stop)).toBe('idle');
    expect(ran).toEqual(['evt_1', 'evt_2', 'evt_3']);
    expect(worker.leaseCalls).toEqual(['take', 'release']);
  });

  it('leaves at once when another worker is up', async () => {
    const worker = setUp(async () => undefined);
    worker.send(bodyOf('evt_1'));
    const lease = { ...worker.lease, take: async () => false };
    expect(await drainQueue({ ...worker.dependencies, lease }, worker.stop)).toBe('superseded');
    expect(worker.receives).toEqual([]);
  });

  it('runs as many scripts at a time as it may, and takes no message that it has no room for', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { concurrency: 2 });
    for (const id of ['evt_1', 'evt_2', 'evt_3']) worker.send(bodyOf(id));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1', 'm2']);
    expect(worker.inFlight.size).toBe(2);
    expect(Math.max(...worker.receives)).toBe(2);
    expect(new Set(Array.from(manual.open.values(), ({ slot }) => slot)).size).toBe(2);
    manual.open.get('m1')?.end();
    await expect.poll(() => manual.begun).toEqual(['m1', 'm2', 'm3']);
    manual.open.get('m2')?.end();
    manual.open.get('m3')?.end();
    expect(await ended).toBe('idle');
  });

  it('takes messages ahead while scripts are short, and none behind long ones', async () => {
    let nowMs = 0;
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { concurrency: 1, idleMs: 1e9 });
    const ended = drainQueue({ ...worker.dependencies, now: () => nowMs }, worker.stop);
    for (const id of ['m1', 'm2', 'm3']) {
      worker.send(bodyOf(`evt_${id}`));
      await expect.poll(() => manual.begun.at(-1)).toBe(id);
      manual.open.get(id)?.end();
      await expect.poll(() => worker.inFlight.size).toBe(0);
    }
    for (const id of ['m4', 'm5', 'm6', 'm7', 'm8']) worker.send(bodyOf(`evt_${id}`));
    await expect.poll(() => manual.begun.at(-1)).toBe('m4');
    await expect.poll(() => worker.inFlight.size).toBeGreaterThan(1);
    nowMs += 1_000;
    const held = worker.inFlight.size;
    for (const id of ['m4', 'm5', 'm6', 'm7', 'm8']) {
      await expect.poll(() => manual.begun.at(-1)).toBe(id);
      expect(worker.inFlight.size).toBeLessThanOrEqual(held);
      nowMs += 1_000;
      manual.open.get(id)?.end();
    }
    worker.requested.abort();
    expect(await ended).toBe('stopped');
  });

  it('hands back what waits for a place when it is asked to end', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { concurrency: 1, idleMs: 1e9, pause: untilAborted });
    worker.send(bodyOf('evt_m1'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1']);
    manual.open.get('m1')?.end();
    await expect.poll(() => worker.inFlight.size).toBe(0);
    for (const id of ['m2', 'm3']) worker.send(bodyOf(`evt_${id}`));
    await expect.poll(() => worker.inFlight.size).toBe(2);
    worker.requested.abort();
    await expect.poll(() => worker.released).toEqual([['r3', 0]]);
    manual.open.get('m2')?.end();
    expect(await ended).toBe('stopped');
    expect(manual.begun).toEqual(['m1', 'm2']);
  });

  it('lets no script hold up another one', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { concurrency: 2 });
    worker.send(bodyOf('evt_slow'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1']);
    for (const id of ['m2', 'm3', 'm4']) {
      worker.send(bodyOf(`evt_${id}`));
      await expect.poll(() => manual.begun.at(-1)).toBe(id);
      manual.open.get(id)?.end();
    }
    manual.open.get('m1')?.end();
    expect(await ended).toBe('idle');
  });

  it('stays while a message is in the hands of a worker that died', async () => {
    let looks = 0;
    const worker = setUp(async () => undefined);
    const queue = { ...worker.queue, count: async () => ({ waiting: 0, left: looks++ < 3 ? 1 : 0 }) };
    expect(await drainQueue({ ...worker.dependencies, queue }, worker.stop)).toBe('idle');
    expect(looks).toBe(4);
  });

  it('takes its lease again when the last look finds a message', async () => {
    const ran: string[] = [];
    const worker = setUp(async (message) => {
      ran.push(message.run.event.id);
      await worker.queue.remove(message.receiptHandle);
    });
    let isFirst = true;
    const lease: WorkerLease = {
      ...worker.lease,
      release: async () => {
        if (isFirst) worker.send(bodyOf('evt_late'));
        isFirst = false;
        return worker.lease.release();
      },
    };
    expect(await drainQueue({ ...worker.dependencies, lease }, worker.stop)).toBe('idle');
    expect(ran).toEqual(['evt_late']);
    expect(worker.leaseCalls).toEqual(['take', 'release', 'take', 'release']);
  });

  it('finishes what it found and leaves when another worker has the lease by then', async () => {
    const ran: string[] = [];
    const worker = setUp(async (message) => {
      ran.push(message.run.event.id);
      await worker.queue.remove(message.receiptHandle);
    });
    let takes = 0;
    const lease: WorkerLease = {
      ...worker.lease,
      take: async () => takes++ === 0,
      release: async () => {
        worker.send(bodyOf('evt_late'));
        return true;
      },
    };
    expect(await drainQueue({ ...worker.dependencies, lease }, worker.stop)).toBe('superseded');
    expect(ran).toEqual(['evt_late']);
  });

  it('gives a run back that failed through the worker, for a while later, and goes on', async () => {
    const worker = setUp(async ({ messageId }) => {
      if (messageId === 'm1') throw new Error('table out of reach');
    });
    worker.send(bodyOf('evt_1'));
    worker.send(bodyOf('evt_2'));
    const queue = { ...worker.queue, count: async () => ({ waiting: 0, left: 0 }) };
    expect(await drainQueue({ ...worker.dependencies, queue }, worker.stop)).toBe('idle');
    expect(worker.released).toEqual([['r1', 30]]);
    expect(worker.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'run failed through the worker' }),
    );
  });

  it.each([
    [1, 30],
    [2, 90],
    [3, 270],
    [4, 810],
    [9, 900],
  ])('gives a run back for longer each time: the %ith for %i s', async (receives, seconds) => {
    const worker = setUp(async () => {
      throw new Error('no room for another process');
    });
    worker.send(bodyOf('evt_1'), 'm1', receives);
    const queue = { ...worker.queue, count: async () => ({ waiting: 0, left: 0 }) };
    await drainQueue({ ...worker.dependencies, queue }, worker.stop);
    expect(worker.released).toEqual([['r1', seconds]]);
  });

  it('gives a message back at once that it does not understand: the dead-letter queue is for those', async () => {
    const worker = setUp(async () => undefined);
    worker.send('{"no": "event"}');
    worker.send('no JSON');
    expect(await drainQueue(worker.dependencies, worker.stop)).toBe('idle');
    expect(worker.released).toEqual([
      ['r1', 0],
      ['r2', 0],
    ]);
  });

  it('runs a delivery that is queued twice once at a time, and drops the second message', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook);
    worker.send(bodyOf('evt_1'));
    worker.send(bodyOf('evt_1'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => worker.inFlight.size).toBe(1);
    manual.open.get('m1')?.end();
    expect(await ended).toBe('idle');
    expect(manual.begun).toEqual(['m1']);
  });

  it('runs a delivery that is asked for anew while it is in hand after its end, and never both at once', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { concurrency: 3 });
    worker.send(bodyOf('evt_1'));
    worker.send(bodyOf('evt_1', { round: 1 }));
    worker.send(bodyOf('evt_2'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1', 'm3']);
    manual.open.get('m1')?.end();
    await expect.poll(() => manual.begun).toEqual(['m1', 'm3', 'm2']);
    manual.open.get('m3')?.end();
    manual.open.get('m2')?.end();
    expect(await ended).toBe('idle');
  });

  it('runs a retry that comes while its run is still being written down after it, and drops it never', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { concurrency: 3 });
    worker.send(bodyOf('evt_1'));
    worker.send(bodyOf('evt_1', { retry: 1 }));
    worker.send(bodyOf('evt_2'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1', 'm3']);
    manual.open.get('m1')?.end();
    await expect.poll(() => manual.begun).toEqual(['m1', 'm3', 'm2']);
    manual.open.get('m3')?.end();
    manual.open.get('m2')?.end();
    expect(await ended).toBe('idle');
  });

  it('keeps a message that comes again while it is worked on, and looks at it when the run in hand has ended', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { concurrency: 3 });
    worker.send(bodyOf('evt_1'), 'same');
    worker.send(bodyOf('evt_1'), 'same');
    worker.send(bodyOf('evt_2'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['same', 'm3']);
    expect(worker.inFlight).toContain('r2');
    manual.open.get('same')?.end();
    await expect.poll(() => manual.begun).toEqual(['same', 'm3', 'same']);
    for (const { end } of manual.open.values()) end();
    expect(await ended).toBe('idle');
  });
});

describe('a worker that is asked to end', () => {
  it('receives nothing more, lets its scripts end by themselves and gives its lease back', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { pause: untilAborted, idleMs: 60_000 });
    worker.send(bodyOf('evt_1'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1']);
    worker.requested.abort();
    worker.send(bodyOf('evt_2'));
    await nextTurn();
    expect(manual.open.get('m1')?.signal.aborted).toBe(false);
    manual.open.get('m1')?.end();
    expect(await ended).toBe('stopped');
    expect(manual.begun).toEqual(['m1']);
    expect(worker.leaseCalls).toEqual(['take', 'release']);
  });

  it('lets a successor come while its scripts end: what is published meanwhile does not wait for them', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { pause: untilAborted, idleMs: 60_000 });
    worker.send(bodyOf('evt_1'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1']);
    worker.requested.abort();
    await expect.poll(() => worker.asked).toEqual([1]);
    expect(worker.leaseCalls).toEqual(['take', 'release']);
    expect([...manual.open.keys()]).toEqual(['m1']);
    manual.open.get('m1')?.end();
    expect(await ended).toBe('stopped');
  });

  it('ends its scripts when they take longer than the stop allows', async () => {
    const manual = createManualRuns(() => worker.queue);
    const graceIsOver = Promise.withResolvers<undefined>();
    const worker = setUp(manual.runHook, {
      idleMs: 60_000,
      pause: (ms, signal) =>
        ms === 100_000 ? graceIsOver.promise.then(() => undefined) : untilAborted(ms, signal),
    });
    worker.send(bodyOf('evt_1'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1']);
    const signal = manual.open.get('m1')?.signal;
    worker.requested.abort();
    await nextTurn();
    expect(signal?.aborted).toBe(false);
    graceIsOver.resolve(undefined);
    expect(await ended).toBe('stopped');
    expect(signal?.aborted).toBe(true);
  });

  it('ends its scripts at once when it is asked a second time', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook, { pause: untilAborted, idleMs: 60_000 });
    worker.send(bodyOf('evt_1'));
    const ended = drainQueue(worker.dependencies, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1']);
    const signal = manual.open.get('m1')?.signal;
    worker.requested.abort();
    worker.urgent.abort();
    expect(await ended).toBe('stopped');
    expect(signal?.aborted).toBe(true);
  });

  it('ends when it was asked before it began', async () => {
    const worker = setUp(async () => undefined, { pause: untilAborted });
    worker.requested.abort();
    expect(await drainQueue(worker.dependencies, worker.stop)).toBe('stopped');
    expect(worker.leaseCalls).toEqual(['take', 'release']);
  });
});

describe('a worker without its queue or tables', () => {
  it('bears failures that pass', async () => {
    let calls = 0;
    const worker = setUp(async () => undefined, { idleMs: 1000 });
    let nowMs = 0;
    const queue: RunQueue = {
      ...worker.queue,
      receive: async () => {
        nowMs += 500;
        if (calls++ < 5) throw new Error('no route');
        return [];
      },
    };
    const end = drainQueue({ ...worker.dependencies, queue, now: () => nowMs }, worker.stop);
    expect(await end).toBe('idle');
  });

  it('ends its scripts and throws when the queue is gone for a minute', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = setUp(manual.runHook);
    let nowMs = 0;
    let signal: AbortSignal | undefined;
    worker.send(bodyOf('evt_1'));
    const queue: RunQueue = {
      ...worker.queue,
      receive: async (count, waitSeconds, aborted) => {
        if (manual.begun.length === 0) return worker.queue.receive(count, waitSeconds, aborted);
        signal ??= manual.open.get('m1')?.signal;
        nowMs += 1_000;
        throw new Error('no route');
      },
    };
    await expect(
      drainQueue({ ...worker.dependencies, queue, now: () => nowMs }, worker.stop),
    ).rejects.toThrow('The queue of hook runs could not be reached for 60 s');
    expect(signal?.aborted).toBe(true);
    expect(nowMs).toBeLessThan(65_000);
  });

  it('ends its scripts and throws when its lease cannot be renewed for a minute', async () => {
    const manual = createManualRuns(() => worker.queue);
    let nowMs = 0;
    const worker = setUp(manual.runHook, {
      idleMs: 1e9,
      // Only the heartbeat lets time pass.
      pause: async (ms, signal) => {
        if (ms === 5_000 && nowMs === 0) return untilAborted(ms, signal);
        nowMs += ms;
        await nextTurn();
      },
    });
    worker.send(bodyOf('evt_1'));
    const lease: WorkerLease = {
      ...worker.lease,
      refresh: async () => {
        throw new Error('no route');
      },
    };
    await expect(
      drainQueue({ ...worker.dependencies, lease, now: () => nowMs }, worker.stop),
    ).rejects.toThrow('The ledger table could not be reached for 60 s');
    expect(manual.open.size).toBe(0);
    // Messages are held for 90 s from the last renewal on.
    expect(nowMs).toBeLessThanOrEqual(90_000);
  });

  it('finishes what it has and leaves when another worker took its lease', async () => {
    const manual = createManualRuns(() => worker.queue);
    const beat = Promise.withResolvers<undefined>();
    const worker = setUp(manual.runHook, {
      idleMs: 60_000,
      pause: (ms, signal) => (ms === 20_000 ? beat.promise.then(() => undefined) : noHeartbeat(ms, signal)),
    });
    worker.send(bodyOf('evt_1'));
    const lease: WorkerLease = { ...worker.lease, refresh: async () => false };
    const ended = drainQueue({ ...worker.dependencies, lease }, worker.stop);
    await expect.poll(() => manual.begun).toEqual(['m1']);
    beat.resolve(undefined);
    await expect
      .poll(() => worker.log.lines.map(({ message }) => message))
      .toContain('the lease went to another worker');
    expect(manual.open.get('m1')?.signal.aborted).toBe(false);
    manual.open.get('m1')?.end();
    expect(await ended).toBe('superseded');
    expect(worker.leaseCalls).toEqual(['take']);
  });
});

describe('a worker that came for a backlog', () => {
  const helper = (runHook: RunHook, fields: Parameters<typeof setUp>[1] = {}) =>
    setUp(runHook, { role: { kind: 'helper' }, ...fields });

  it('leaves when it has room for more than there is, and lets its scripts end', async () => {
    const manual = createManualRuns(() => worker.queue);
    const worker = helper(manual.runHook, { concurrency: 3, idleMs: 0 });
    worker.send(bodyOf('evt_1'));
    const released = Promise.withResolvers<undefined>();
    const lease: WorkerLease = {
      ...worker.lease,
      release: async () => {
        released.resolve(undefined);
        return true;
      },
    };
    const receive: RunQueue['receive'] = async (...asked) => {
      const messages = await worker.queue.receive(...asked);
      nowMs += 1;
      return messages;
    };
    let nowMs = 0;
    const queue = { ...worker.queue, receive };
    const ended = drainQueue(
      { ...worker.dependencies, queue, lease, idleMs: 2, now: () => nowMs },
      worker.stop,
    );
    await released.promise;
    // Its place is free for another one while its last script runs.
    expect([...manual.open.keys()]).toEqual(['m1']);
    worker.send(bodyOf('evt_2'));
    manual.open.get('m1')?.end();
    expect(await ended).toBe('idle');
    expect(manual.begun).toEqual(['m1']);
  });

  it('stays while there is as much as it has room for', async () => {
    let left = 5;
    let nowMs = 0;
    const worker = helper(
      async (message, slots) => {
        const slot = await slots.take();
        if (left > 0) worker.send(bodyOf(`evt_more_${left--}`));
        // Two of these are longer than its patience: it would leave if the first did not count.
        nowMs += 10;
        if (slot !== undefined) slots.giveBack(slot);
        await worker.queue.remove(message.receiptHandle);
      },
      { concurrency: 1, idleMs: 15 },
    );
    worker.send(bodyOf('evt_1'));
    const receive: RunQueue['receive'] = async (...asked) => {
      const messages = await worker.queue.receive(...asked);
      if (messages.length === 0) nowMs += 10;
      return messages;
    };
    const queue = { ...worker.queue, receive };
    await drainQueue({ ...worker.dependencies, queue, now: () => nowMs }, worker.stop);
    expect(left).toBe(0);
    expect(worker.inFlight.size).toBe(0);
  });

  it('asks for no others', async () => {
    const worker = helper(async (message) => {
      await worker.queue.remove(message.receiptHandle);
    });
    worker.send(bodyOf('evt_1'));
    await drainQueue(worker.dependencies, worker.stop);
    expect(worker.asked).toEqual([]);
  });
});

describe('workers and those who start them', () => {
  it('leave no message behind, whatever comes between whatever', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 4 }), async (scheduler, producers) => {
        let stored: Lease | undefined;
        const waiting: ReceivedMessage[] = [];
        const inFlight = new Set<string>();
        const done: string[] = [];
        const workers: Promise<unknown>[] = [];
        const tasks = new Map<string, string>();

        const row: LeaseRow = {
          read: scheduler.scheduleFunction(async () => stored),
          swap: scheduler.scheduleFunction(async (seen: Lease | undefined, next: Lease) => {
            if (stored?.version !== seen?.version) return false;
            stored = next;
            return true;
          }),
        };
        const queue: RunQueue = {
          receive: scheduler.scheduleFunction(async (count: number) => {
            const taken = waiting.splice(0, count);
            for (const { receiptHandle } of taken) inFlight.add(receiptHandle);
            return taken;
          }),
          hold: async () => [],
          release: async () => true,
          remove: scheduler.scheduleFunction(async (handle: string) => inFlight.delete(handle)),
          count: scheduler.scheduleFunction(async () => ({
            waiting: waiting.length,
            left: waiting.length + inFlight.size,
          })),
        };
        const now = () => 0;
        const never = new AbortController().signal;
        const work = (taskArn: string) =>
          drainQueue(
            {
              role: { kind: 'first', askForWorkers: async () => undefined },
              queue,
              lease: openWorkerLease(row, taskArn, now),
              runHook: async (message) => {
                done.push(message.messageId);
                await queue.remove(message.receiptHandle);
              },
              concurrency: 1,
              idleMs: 0,
              pause: noHeartbeat,
              now,
              log: collectLog(),
            },
            { requested: never, urgent: never },
          );
        const start = scheduler.scheduleFunction(async (token: string) => {
          const known = tasks.get(token);
          if (known !== undefined) return known;
          const taskArn = `task/${tasks.size + 1}`;
          tasks.set(token, taskArn);
          workers.push(work(taskArn));
          return taskArn;
        });
        const ensureWorker = createEnsureWorker({ row, start, now });
        const produce = async (id: string): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `send ${id}`);
          waiting.push({ messageId: id, receiptHandle: id, body: bodyOf(`evt_${id}`), receives: 1 });
          await ensureWorker();
        };
        const ids = Array.from({ length: producers }, (_, index) => `p${index}`);
        await scheduler.waitFor(
          (async () => {
            await Promise.all(ids.map(produce));
            for (const worker of workers) await worker;
          })(),
        );
        expect(done.toSorted()).toEqual(ids);
        expect(stored?.state).toBe('released');
      }),
      { numRuns: 300 },
    );
  });
});
