import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AwsError, type AwsService } from '../aws/service.ts';
import { type DataFolder, openDataFolder } from '../data-folder.ts';
import type { TaskDefinitionModel } from '../template/read-task-definition.ts';
import { place } from '../template/template-fixture.ts';
import { createEcsService } from './ecs-service.ts';
import type { TaskRecord } from './task-record.ts';
import { openTaskRegister } from './task-register.ts';
import { createTasks, type Tasks } from './tasks.ts';

const directory = mkdtempSync(join(tmpdir(), 'sublarr-events-image-'));
writeFileSync(
  join(directory, 'index.mjs'),
  `console.log(JSON.stringify(process.env));
   process.on('SIGTERM', () => process.exit(process.env.MODE === 'stubborn' ? undefined : 7));
   if (process.env.MODE === 'wait') setInterval(() => {}, 1000);
   else process.exitCode = Number(process.env.MODE ?? 0);`,
);
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const cluster = { name: 'workers', arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/workers' };
const definition: TaskDefinitionModel = {
  logicalId: 'Task',
  arn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/worker:1',
  family: 'worker',
  container: {
    name: 'runner',
    directory,
    entryPoint: ['node'],
    command: ['index.mjs'],
    environment: { QUEUE_URL: 'url', MODE: '0' },
    stopTimeoutSeconds: 2,
  },
};

let folder: DataFolder;
let announced: TaskRecord[];
let lines: string[];
let wake: () => void;
beforeEach(() => {
  folder = openDataFolder(undefined);
  announced = [];
  lines = [];
  wake = () => undefined;
});
afterEach(() => {
  folder.close();
});

/** Resolves with the announcement of the given state. */
async function waitFor(lastStatus: TaskRecord['lastStatus']): Promise<TaskRecord> {
  for (;;) {
    const found = announced.find((task) => task.lastStatus === lastStatus);
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

function open(announce?: (task: TaskRecord) => Promise<void>, container = definition.container) {
  const tasks: Tasks = createTasks({
    register: openTaskRegister(folder, () => new Date()),
    place,
    environment: { AWS_REGION: 'us-east-1', PATH: process.env['PATH'] ?? '', HOME: '/tmp' },
    announce: async (task) => {
      await announce?.(task);
      announced.push(task);
      wake();
    },
    now: () => new Date(),
    randomId: () => crypto.randomUUID(),
    log: ({ message }) => lines.push(message),
  });
  const service = createEcsService({
    clusters: [cluster],
    definitions: [{ ...definition, container }],
    tasks,
  });
  return { tasks, call: (operation: string, input: object) => callOperation(service, operation, input) };
}

const answer = z.object({
  tasks: z.array(z.looseObject({ taskArn: z.string() })).default([]),
  failures: z.array(z.looseObject({ reason: z.string() })).default([]),
  taskArns: z.array(z.string()).default([]),
});

async function callOperation(
  service: AwsService,
  operation: string,
  input: object,
): Promise<z.infer<typeof answer>> {
  const { signal } = new AbortController();
  return answer.parse(await service.operations[operation]?.({ cluster: cluster.arn, ...input }, { signal }));
}

const environment = (MODE: string) => ({
  containerOverrides: [{ name: 'runner', environment: [{ name: 'MODE', value: MODE }] }],
});

describe('RunTask', () => {
  test('runs the container with its own environment and nothing of the host, and announces its end', async () => {
    const { call, tasks } = open();
    const { tasks: started, failures } = await call('RunTask', {
      taskDefinition: definition.arn,
      overrides: environment('3'),
    });
    expect(failures).toEqual([]);
    const taskArn = started[0]?.taskArn ?? '';
    expect(await waitFor('RUNNING')).toMatchObject({ taskArn });
    expect(await waitFor('STOPPED')).toMatchObject({
      taskArn,
      clusterArn: cluster.arn,
      exitCode: 3,
      stopCode: 'EssentialContainerExited',
    });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      QUEUE_URL: 'url',
      MODE: '3',
      AWS_REGION: 'us-east-1',
      PATH: process.env['PATH'],
      HOME: '/tmp',
      ECS_CONTAINER_METADATA_URI_V4: `${place.awsEndpoint}/v4/${taskArn.split('/').at(-1)}`,
    });
    await tasks.close();
  });

  test('starts nothing twice for the same clientToken', async () => {
    const { call, tasks } = open();
    const wish = { taskDefinition: 'worker', clientToken: 't', overrides: environment('wait') };
    const [first, second] = [await call('RunTask', wish), await call('RunTask', wish)];
    expect(second.tasks[0]?.taskArn).toBe(first.tasks[0]?.taskArn);
    expect((await call('ListTasks', { family: 'worker' })).taskArns).toHaveLength(1);
    await tasks.close();
  });

  test('tells in failures what a full box cannot start', async () => {
    const { call, tasks } = open();
    const wish = { taskDefinition: 'worker', count: 10, overrides: environment('wait') };
    await call('RunTask', wish);
    const { tasks: started, failures } = await call('RunTask', wish);
    expect([started.length, failures.length, failures[0]?.reason]).toEqual([
      6,
      4,
      expect.stringContaining('RESOURCE:CPU'),
    ]);
    await tasks.close();
  });

  test('a program that does not exist is a task that failed to start', async () => {
    const { call, tasks } = open(undefined, { ...definition.container, entryPoint: ['/no/such/program'] });
    await call('RunTask', { taskDefinition: 'worker' });
    expect(await waitFor('STOPPED')).toMatchObject({ stopCode: 'TaskFailedToStart' });
    await tasks.close();
  });

  test.each([
    ['an unknown cluster', { cluster: 'nobody', taskDefinition: 'worker' }, 'ClusterNotFoundException'],
    ['an unknown task definition', { taskDefinition: 'nobody' }, 'ClientException'],
    [
      'an unknown container',
      { taskDefinition: 'worker', overrides: { containerOverrides: [{ name: 'x' }] } },
      'InvalidParameterException',
    ],
    [
      'overrides over 8192 characters',
      { taskDefinition: 'worker', overrides: environment('x'.repeat(8192)) },
      'InvalidParameterException',
    ],
    ['no task definition', {}, 'InvalidParameterException'],
  ])('refuses %s', async (_, input, code) => {
    const refusal: unknown = await open()
      .call('RunTask', input)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AwsError);
    expect(refusal).toMatchObject({ code });
  });
});

test('StopTask ends a task, and DescribeTasks tells why', async () => {
  const { call, tasks } = open();
  const { tasks: started } = await call('RunTask', {
    taskDefinition: 'worker',
    overrides: environment('wait'),
  });
  const taskArn = started[0]?.taskArn ?? '';
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await call('StopTask', { task: taskArn, reason: 'enough' });
  expect(await waitFor('STOPPED')).toMatchObject({
    exitCode: 7,
    stopCode: 'UserInitiated',
    stoppedReason: 'enough',
  });
  expect(await call('DescribeTasks', { tasks: [taskArn, 'other'] })).toMatchObject({
    tasks: [{ taskArn, lastStatus: 'STOPPED', containers: [{ exitCode: 7 }] }],
    failures: [{ arn: 'other', reason: 'MISSING' }],
  });
  await tasks.close();
});

describe('an end is announced once, whatever happens to the stack', () => {
  const running: TaskRecord = {
    taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/workers/1',
    clusterArn: cluster.arn,
    taskDefinitionArn: definition.arn,
    containerName: 'runner',
    lastStatus: 'RUNNING',
    createdAt: '2026-11-22T10:00:00.000Z',
    group: 'family:worker',
    isEndAnnounced: false,
  };

  test('a task that ran when the stack was killed is announced as stopped at the next start', async () => {
    folder.write('ecs-tasks.json', JSON.stringify([running]));
    const { tasks } = open();
    tasks.announceLeftEnds();
    expect(await waitFor('STOPPED')).toMatchObject({
      taskArn: running.taskArn,
      stopCode: 'TerminationNotice',
    });
    await tasks.close();
    open().tasks.announceLeftEnds();
    expect(announced).toHaveLength(1);
  });

  test('one whose listener failed is announced again', async () => {
    const stopped: TaskRecord = { ...running, lastStatus: 'STOPPED', stoppedAt: running.createdAt };
    folder.write('ecs-tasks.json', JSON.stringify([stopped]));
    const first = open(() => Promise.reject(new Error('no')));
    first.tasks.announceLeftEnds();
    await first.tasks.close();
    expect(announced).toEqual([]);
    open().tasks.announceLeftEnds();
    expect(await waitFor('STOPPED')).toMatchObject({ taskArn: running.taskArn });
  });

  test('one that the stopping stack ended is left to the next start', async () => {
    const first = open();
    await first.call('RunTask', { taskDefinition: 'worker', overrides: environment('wait') });
    await waitFor('RUNNING');
    await first.tasks.close();
    expect(announced.map((task) => task.lastStatus)).toEqual(['RUNNING']);
    open().tasks.announceLeftEnds();
    expect(await waitFor('STOPPED')).toMatchObject({ stoppedReason: 'The local stack was stopped' });
  });
});

test('a task does not outlive a stack that was killed', async () => {
  const script = join(directory, 'parent.mjs');
  const spawnContainer = join(import.meta.dirname, 'spawn-container.ts');
  writeFileSync(
    script,
    `import { spawnContainer } from ${JSON.stringify(spawnContainer)};
     const child = spawnContainer({
       command: ['node', 'index.mjs'], directory: ${JSON.stringify(directory)},
       environment: { MODE: 'wait', PATH: process.env.PATH },
       onLine: () => console.log(child.pid), onStart: () => {}, onEnd: () => {},
     });`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const pid = Number(line);
  parent.kill('SIGKILL');
  await expect
    .poll(
      () => {
        try {
          return process.kill(pid, 0);
        } catch {
          return 'gone';
        }
      },
      { timeout: 10_000 },
    )
    .toBe('gone');
});
