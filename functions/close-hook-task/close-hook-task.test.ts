import { describe, expect, it } from 'vitest';
import type { Run, RunMarker } from '../../shared/aws/hook-run-ledger.ts';
import type { LeaseRow } from '../../shared/aws/hook-worker-lease.ts';
import { createDelivery } from '../../shared/delivery.ts';
import type { Attempt } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Lease } from '../../shared/hook-run-lease.ts';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { createCloseHookTask, describeStop, leftByItself, taskStoppedSchema } from './close-hook-task.ts';

const stoppedTask = (fields: object = {}) =>
  taskStoppedSchema.parse({
    source: 'aws.ecs',
    detail: {
      taskArn: 'task/1',
      clusterArn: 'cluster',
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'hook-runner', exitCode: 137, reason: 'OutOfMemoryError' }],
      ...fields,
    },
  }).detail;
const cleanTask = () => stoppedTask({ containers: [{ exitCode: 0 }] });

const runOf = (fields: Partial<Run> = {}): Run => ({
  ...createDelivery(anEvent(), { id: 'hk_01', name: 'Notify' }, { state: 'running', attempts: [] }, noonMs),
  worker_task: 'task/1',
  ...fields,
});
const markerOf = (run: Run): RunMarker => ({
  run: { ...run, state: 'running' },
  receiptHandle: 'r1',
  startedAt: noon,
});
const crash: Attempt = { at: noon, duration_ms: 1, error_class: 'worker_stopped' };
const leaseOf = (fields: Partial<Lease> = {}): Lease => ({
  state: 'held',
  task_arn: 'task/1',
  lease_until: noonMs + 60_000,
  version: 3,
  failures: 0,
  ...fields,
});

interface Given {
  /** The ledger's row: that of a run that is shown as running unless told. */
  run?: Run | undefined;
  /** Attempts that were made before its worker took it in hand. */
  attemptsBefore?: Attempt[];
  markers?: RunMarker[];
  lease?: Lease;
  /** That of the worker that came for a backlog. */
  helperLease?: Lease;
  /** The first call of this fails. */
  failsOnce?: 'remove' | 'release' | 'publish' | 'count' | 'unmark' | 'ensure';
}

function memoryRow(lease: Lease | undefined) {
  let stored = lease;
  const row: LeaseRow = {
    read: async () => stored,
    swap: async (_seen, next) => {
      stored = next;
      return true;
    },
  };
  return { row, lease: () => stored };
}

function setUp(given: Given = {}) {
  const begun = runOf({ attempts: given.attemptsBefore ?? [] });
  let run = 'run' in given ? given.run : begun;
  const markers = new Map((given.markers ?? [markerOf(begun)]).map((mark) => [mark.run.id, mark]));
  const counted: string[] = [];
  let { failsOnce } = given;
  const steps: string[] = [];
  const events: CatalogEvent[] = [];
  const step = (name: NonNullable<Given['failsOnce']>): void => {
    if (failsOnce === name) {
      failsOnce = undefined;
      throw new Error(`${name} failed`);
    }
    steps.push(name);
  };
  const [first, helper] = [memoryRow(given.lease), memoryRow(given.helperLease)];
  const close = createCloseHookTask({
    runs: {
      find: async () => run,
      listMarkers: async () => [...markers.values()],
      closeRun: async (closed, seen) => {
        if (run !== seen) return false;
        run = closed;
        return true;
      },
      unmark: async (_task, id) => {
        step('unmark');
        markers.delete(id);
      },
    },
    queue: {
      release: async () => {
        step('release');
        // The handle has run out: the message is back already.
        return false;
      },
      remove: async () => {
        step('remove');
        return true;
      },
    },
    rows: [first.row, helper.row],
    ensureWorker: async () => step('ensure'),
    recordRun: async (_tenant, _id, { status }) => {
      step('count');
      counted.push(status);
    },
    publishEvents: async (published) => {
      step('publish');
      events.push(...published);
      return [];
    },
    now: () => noonMs + 500,
    log: collectLog(),
  });
  return {
    close,
    steps,
    events,
    counted,
    run: () => run,
    markers,
    lease: first.lease,
    helperLease: helper.lease,
  };
}

describe('a worker that died with a run in hand', () => {
  it('has its run handed back, with an attempt that says why', async () => {
    const { close, steps, run, markers } = setUp();
    await close(stoppedTask());
    expect(run()).toMatchObject({
      state: 'retrying',
      retrying_until: '2026-11-22T12:00:00.500Z',
      attempts: [
        {
          at: noon,
          duration_ms: 500,
          error: 'worker stopped: Essential container in task exited; OutOfMemoryError; exit code 137',
          error_class: 'worker_stopped',
        },
      ],
    });
    expect(steps).toEqual(['release', 'unmark', 'ensure']);
    expect(markers.size).toBe(0);
  });

  it('has its run closed although that was too short to be shown as running', async () => {
    const { close, run, steps } = setUp({ run: undefined });
    await close(stoppedTask());
    expect(run()).toMatchObject({
      ...runOf(),
      state: 'retrying',
      attempts: [{}],
      updated_at: run()?.updated_at,
    });
    expect(steps).toEqual(['release', 'unmark', 'ensure']);
  });

  it('has its run closed that it had handed back and begun again', async () => {
    const handedBack = runOf({ state: 'retrying', attempts: [crash] });
    const { close, run } = setUp({ run: handedBack, attemptsBefore: [crash] });
    await close(stoppedTask());
    expect(run()).toMatchObject({ state: 'retrying' });
    expect(run()?.attempts).toHaveLength(2);
  });

  it('has its run ended at the third time, counted and told of', async () => {
    const { close, steps, run, events, counted } = setUp({ attemptsBefore: [crash, crash] });
    await close(stoppedTask());
    expect(run()).toMatchObject({ state: 'exhausted' });
    expect(run()?.attempts).toHaveLength(3);
    expect(steps).toEqual(['count', 'remove', 'publish', 'unmark', 'ensure']);
    expect(counted).toEqual(['failed']);
    expect(events).toMatchObject([
      { event_name: 'hook_executed', data: { success: false, state: 'exhausted' } },
    ]);
  });

  it('has its lease released, so that another one starts', async () => {
    const { close, lease } = setUp({ lease: leaseOf() });
    await close(stoppedTask());
    expect(lease()).toMatchObject({ state: 'released', failures: 0 });
  });

  it('leaves the lease of another worker alone', async () => {
    const held = leaseOf({ task_arn: 'task/2' });
    const { close, lease } = setUp({ lease: held });
    await close(stoppedTask());
    expect(lease()).toEqual(held);
  });

  it.each(['release', 'unmark', 'ensure'] as const)(
    'is followed to the end by the second try when %s failed, without counting twice',
    async (failsOnce) => {
      const { close, run, markers, steps } = setUp({ failsOnce });
      await expect(close(stoppedTask())).rejects.toThrow(`${failsOnce} failed`);
      await close(stoppedTask());
      expect(run()?.attempts).toHaveLength(1);
      expect(markers.size).toBe(0);
      expect(steps).toContain('ensure');
    },
  );

  it.each(['remove', 'publish', 'unmark'] as const)(
    'tells of an ended run although %s failed the first time',
    async (failsOnce) => {
      const { close, run, events } = setUp({
        attemptsBefore: [crash, crash],
        failsOnce,
      });
      await expect(close(stoppedTask())).rejects.toThrow(`${failsOnce} failed`);
      await close(stoppedTask());
      expect(run()?.attempts).toHaveLength(3);
      expect(events.length).toBeGreaterThanOrEqual(1);
    },
  );

  it('changes nothing more when the same event comes again', async () => {
    const { close, run, steps } = setUp();
    await close(stoppedTask());
    const before = run();
    steps.length = 0;
    await close(stoppedTask());
    expect(run()).toEqual(before);
    expect(steps).toEqual(['ensure']);
  });

  it('has told nobody of a run that it finished: that is made up for, and the run not begun again', async () => {
    const { close, steps } = setUp({ run: runOf({ state: 'delivered' }) });
    await close(stoppedTask());
    expect(steps).toEqual(['remove', 'publish', 'unmark', 'ensure']);
  });

  it('has its run followed to the end although the counters could not be written', async () => {
    const { close, steps, run } = setUp({ attemptsBefore: [crash, crash], failsOnce: 'count' });
    await close(stoppedTask());
    expect(run()).toMatchObject({ state: 'exhausted' });
    expect(steps).toEqual(['remove', 'publish', 'unmark', 'ensure']);
  });

  it('does not pull a run away from the worker that has it by now', async () => {
    const other = runOf({ worker_task: 'task/2' });
    const { close, steps, run } = setUp({ run: other });
    await close(cleanTask());
    expect(run()).toEqual(other);
    expect(steps).toEqual(['unmark']);
  });
});

describe('a worker without a run in hand', () => {
  it('that left by itself needs nothing', async () => {
    const { close, steps } = setUp({ markers: [] });
    await close(cleanTask());
    expect(steps).toEqual([]);
  });

  it('that was stopped, crashed or never came up is replaced: messages may wait', async () => {
    for (const task of [
      stoppedTask(),
      stoppedTask({ stopCode: 'UserInitiated', containers: [{ exitCode: 0 }] }),
      stoppedTask({ stopCode: 'TaskFailedToStart', containers: [{}] }),
      stoppedTask({ stopCode: 'TaskFailedToStart', containers: [] }),
    ]) {
      const { close, steps } = setUp({ markers: [] });
      await close(task);
      expect(steps).toEqual(['ensure']);
    }
  });

  it('that came for a backlog gives its place back and leaves that of the first alone', async () => {
    const lease = leaseOf({ task_arn: 'task/first' });
    const worker = setUp({ markers: [], lease, helperLease: leaseOf() });
    await worker.close(stoppedTask());
    expect(worker.lease()).toEqual(lease);
    expect(worker.helperLease()).toMatchObject({ state: 'released', failures: 1 });
  });

  it('is replaced five times in a row and then left to the next event', async () => {
    const failed = (failures: number) =>
      setUp({ markers: [], lease: leaseOf({ state: 'starting', failures }) });
    const fourth = failed(3);
    await fourth.close(stoppedTask());
    expect(fourth.steps).toEqual(['ensure']);
    const fifth = failed(4);
    await fifth.close(stoppedTask());
    expect(fifth.lease()).toMatchObject({ state: 'released', failures: 5 });
    expect(fifth.steps).toEqual([]);
  });
});

describe('what ECS says of a stopped task', () => {
  it.each([
    [cleanTask(), 'Essential container in task exited', true],
    [stoppedTask(), 'Essential container in task exited; OutOfMemoryError; exit code 137', false],
    [
      stoppedTask({ stopCode: 'UserInitiated', stoppedReason: 'Scaling', containers: [{ exitCode: 0 }] }),
      'Scaling',
      false,
    ],
    [
      stoppedTask({
        stopCode: 'TaskFailedToStart',
        stoppedReason: undefined,
        containers: [{ reason: 'CannotPullContainerError' }],
      }),
      'TaskFailedToStart; CannotPullContainerError',
      false,
    ],
  ])('is read as a reason and whether it left by itself', (task, reason, byItself) => {
    expect(describeStop(task)).toBe(reason);
    expect(leftByItself(task)).toBe(byItself);
  });
});
