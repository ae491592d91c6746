import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { openLeaseRow, openWorkerLease, releaseForStopped } from './hook-worker-lease.ts';
import type { LeaseRow } from './hook-worker-lease.ts';
import { createEnsureWorker, createEnsureWorkers, createStartWorker } from './hook-worker.ts';

let tables: TestTables;
let row: LeaseRow;
let nowMs: number;
const now = () => nowMs;

beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 22, 12);
  row = openLeaseRow(tables.dynamo, ledgerTable, 0, now);
  // As if the last worker had left.
  const seen = await row.read();
  await row.swap(seen, {
    state: 'released',
    task_arn: 'task/last',
    lease_until: 0,
    version: (seen?.version ?? 0) + 1,
    failures: 0,
  });
});

/** ECS as far as it matters: the same token answers the same task. */
function fakeEcs() {
  const byToken = new Map<string, string>();
  return {
    started: () => byToken.size,
    start: async (token: string) => {
      const arn = byToken.get(token) ?? `task/${byToken.size + 1}`;
      byToken.set(token, arn);
      return arn;
    },
  };
}

describe('ensuring a worker', () => {
  it('starts one where none is, and says so to those who come after', async () => {
    const ecs = fakeEcs();
    const ensure = createEnsureWorker({ row, start: ecs.start, now });
    await ensure();
    await ensure();
    expect(ecs.started()).toBe(1);
    expect(await row.read()).toMatchObject({ state: 'starting', task_arn: 'task/1' });
  });

  it('starts one on the very first message of a deployment', async () => {
    const rows: LeaseRow = { read: async () => undefined, swap: async () => true };
    const ecs = fakeEcs();
    await createEnsureWorker({ row: rows, start: ecs.start, now })();
    expect(ecs.started()).toBe(1);
  });

  it('starts one task for many callers of the same moment', async () => {
    const ecs = fakeEcs();
    const ensure = createEnsureWorker({ row, start: ecs.start, now });
    await Promise.all(Array.from({ length: 20 }, () => ensure()));
    expect(ecs.started()).toBe(1);
  });

  it('starts none while a worker lives, and another one when its lease ran out', async () => {
    const ecs = fakeEcs();
    const ensure = createEnsureWorker({ row, start: ecs.start, now });
    await openWorkerLease(row, 'task/alive', now).take();
    nowMs += 59_000;
    await ensure();
    expect(ecs.started()).toBe(0);
    nowMs += 1_000;
    await ensure();
    expect(ecs.started()).toBe(1);
  });

  it('starts another one when the task that was asked for does not come up in two minutes', async () => {
    const ecs = fakeEcs();
    const ensure = createEnsureWorker({ row, start: ecs.start, now });
    await ensure();
    nowMs += 119_000;
    await ensure();
    expect(ecs.started()).toBe(1);
    nowMs += 1_000;
    await ensure();
    expect(ecs.started()).toBe(2);
  });

  it('starts a new task after a worker left, not the one that ECS remembers', async () => {
    const ecs = fakeEcs();
    const ensure = createEnsureWorker({ row, start: ecs.start, now });
    await ensure();
    const worker = openWorkerLease(row, 'task/1', now);
    await worker.take();
    await worker.release();
    await ensure();
    expect(ecs.started()).toBe(2);
  });

  it('looks again when a worker came and left between its look and its start', async () => {
    const ecs = fakeEcs();
    const worker = openWorkerLease(row, 'task/1', now);
    let isFirst = true;
    const start = async (token: string) => {
      const arn = await ecs.start(token);
      if (isFirst) {
        isFirst = false;
        await worker.take();
        await worker.release();
      }
      return arn;
    };
    await createEnsureWorker({ row, start, now })();
    expect(ecs.started()).toBe(2);
    expect(await row.read()).toMatchObject({ state: 'starting', task_arn: 'task/2' });
  });

  it('leaves the lease to a worker that was up before its start was noted', async () => {
    const ecs = fakeEcs();
    const start = async (token: string) => {
      const arn = await ecs.start(token);
      await openWorkerLease(row, arn, now).take();
      return arn;
    };
    await createEnsureWorker({ row, start, now })();
    expect(ecs.started()).toBe(1);
    expect(await row.read()).toMatchObject({ state: 'held', task_arn: 'task/1' });
  });

  it('throws when no task could be started, and notes no start', async () => {
    const ensure = createEnsureWorker({
      row,
      start: async () => {
        throw new Error('no capacity');
      },
      now,
    });
    await expect(ensure()).rejects.toThrow('no capacity');
    expect(await row.read()).toMatchObject({ state: 'released' });
  });
});

describe('ensuring several workers', () => {
  const placesOf = (ensured: number[], fails: readonly number[] = []) =>
    [0, 1, 2].map((place) => async () => {
      if (fails.includes(place)) throw new Error('no capacity');
      ensured.push(place);
    });

  it.each([
    [0, [0]],
    [1, [0]],
    [2, [0, 1]],
    [9, [0, 1, 2]],
  ])(
    'sees to as many places as are wanted, the first always and no more than there are: %i',
    async (count, places) => {
      const ensured: number[] = [];
      await createEnsureWorkers(placesOf(ensured), () => undefined)(count);
      expect(ensured).toEqual(places);
    },
  );

  it('bears that a further worker cannot be started, and says so', async () => {
    const unstarted: unknown[] = [];
    const ensured: number[] = [];
    await createEnsureWorkers(placesOf(ensured, [1]), (error) => unstarted.push(error))(3);
    expect(ensured).toEqual([0, 2]);
    expect(unstarted).toMatchObject([{ message: 'no capacity' }]);
  });

  it('throws when the first cannot be started', async () => {
    const ensure = createEnsureWorkers(placesOf([], [0]), () => undefined);
    await expect(ensure(2)).rejects.toThrow('no capacity');
  });
});

describe('the lease of a worker', () => {
  it('goes to one of two workers, and to the other when the first has left', async () => {
    const first = openWorkerLease(row, 'task/1', now);
    const second = openWorkerLease(row, 'task/2', now);
    expect((await Promise.all([first.take(), second.take()])).filter(Boolean)).toHaveLength(1);
    const [holder, other] = (await first.refresh()) ? [first, second] : [second, first];
    expect(await other.take()).toBe(false);
    expect(await holder.release()).toBe(true);
    expect(await holder.refresh()).toBe(false);
    expect(await other.take()).toBe(true);
  });

  it('is of its place alone', async () => {
    const other = openLeaseRow(tables.dynamo, ledgerTable, 1, now);
    expect(await openWorkerLease(row, 'task/1', now).take()).toBe(true);
    expect(await openWorkerLease(other, 'task/2', now).take()).toBe(true);
    expect(await releaseForStopped(row, 'task/2', 'clean')).toBe(false);
    expect(await releaseForStopped(other, 'task/2', 'clean')).toBe(true);
    expect(await row.read()).toMatchObject({ state: 'held', task_arn: 'task/1' });
  });

  it('is kept by renewals and lost to another worker without them', async () => {
    const first = openWorkerLease(row, 'task/1', now);
    const second = openWorkerLease(row, 'task/2', now);
    await first.take();
    nowMs += 59_000;
    expect(await first.refresh()).toBe(true);
    nowMs += 59_000;
    expect(await second.take()).toBe(false);
    nowMs += 1_000;
    expect(await second.take()).toBe(true);
    expect(await first.refresh()).toBe(false);
    expect(await first.release()).toBe(false);
  });

  it('is released for a task that has stopped, once, and counts its failures', async () => {
    await openWorkerLease(row, 'task/1', now).take();
    expect(await releaseForStopped(row, 'task/2', 'failed')).toBe(false);
    expect(await releaseForStopped(row, 'task/1', 'failed')).toBe(true);
    expect(await releaseForStopped(row, 'task/1', 'failed')).toBe(false);
    expect(await row.read()).toMatchObject({ state: 'released', failures: 1 });
  });
});

describe('starting a worker task', () => {
  const env = {
    HOOK_CLUSTER_ARN: 'arn:cluster',
    HOOK_TASK_DEFINITION_ARN: 'arn:definition:1',
    HOOK_SUBNET_IDS: 'subnet-1,subnet-2',
    HOOK_SECURITY_GROUP_ID: 'sg-1',
  };

  it('asks ECS for one Fargate task with a way out and a token of at most 64 characters', async () => {
    const { client, calls } = fakeClient(() => ({ tasks: [{ taskArn: 'task/1' }] }));
    expect(await createStartWorker(client, env, 3)('token')).toBe('task/1');
    expect(calls).toEqual([
      {
        cluster: 'arn:cluster',
        taskDefinition: 'arn:definition:1',
        launchType: 'FARGATE',
        count: 1,
        clientToken: expect.stringMatching(/^[0-9a-f]{64}$/),
        overrides: {
          containerOverrides: [{ name: 'hook-runner', environment: [{ name: 'WORKER_PLACE', value: '3' }] }],
        },
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: ['subnet-1', 'subnet-2'],
            securityGroups: ['sg-1'],
            assignPublicIp: 'ENABLED',
          },
        },
      },
    ]);
  });

  it('gives the same token for the same lease, place and definition only', async () => {
    const { client, calls } = fakeClient(() => ({ tasks: [{ taskArn: 'task/1' }] }));
    await createStartWorker(client, env, 0)('a');
    await createStartWorker(client, env, 0)('a');
    await createStartWorker(client, env, 0)('b');
    await createStartWorker(client, { ...env, HOOK_TASK_DEFINITION_ARN: 'arn:definition:2' }, 0)('a');
    await createStartWorker(client, env, 1)('a');
    const tokens = calls.map(({ clientToken }) => clientToken);
    expect(tokens[1]).toBe(tokens[0]);
    expect(new Set(tokens).size).toBe(4);
  });

  it('throws the reasons that ECS gives inside a successful answer', async () => {
    const { client } = fakeClient(() => ({
      tasks: [],
      failures: [{ reason: 'RESOURCE:CPU', detail: 'none left' }, { reason: 'AGENT' }],
    }));
    await expect(createStartWorker(client, env, 0)('a')).rejects.toThrow(
      'ECS started no hook worker (RESOURCE:CPU: none left; AGENT)',
    );
  });
});
