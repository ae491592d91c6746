import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { describeError } from '../start-error.ts';
import type { StackPlace } from '../template/name-resource.ts';
import type { TaskDefinitionModel } from '../template/read-task-definition.ts';
import { taskMetadataUri } from './serve-task-metadata.ts';
import { type ContainerProcess, spawnContainer } from './spawn-container.ts';
import type { TaskRecord } from './task-record.ts';
import type { TaskRegister } from './task-register.ts';

export interface TaskWish {
  readonly clusterArn: string;
  readonly definition: TaskDefinitionModel;
  readonly environment: Readonly<Record<string, string>>;
  /** Instead of the container's own. */
  readonly command: readonly string[] | undefined;
  readonly overrides: unknown;
  readonly clientToken: string | undefined;
  readonly startedBy: string | undefined;
  readonly group: string | undefined;
}

/** Tasks as child processes of the stack. */
export interface Tasks {
  readonly register: TaskRegister;
  /** Why no further task may start now, or undefined. */
  shortage(): string | undefined;
  start(wish: TaskWish): TaskRecord;
  stop(task: TaskRecord, reason: string): void;
  /** Announces the ends that a crash left unannounced. Called once, when rules and functions are ready. */
  announceLeftEnds(): void;
  /** Stops every task and resolves when all are ended; the next start announces these ends. */
  close(): Promise<void>;
}

// A box has no fleet: more workers than this would only share the same cores.
export const tasksRunningMax = 16;

// A container left behind by a killed stack ends itself within 5 s (die-with-parent.ts).
const orphanMsMax = 6_000;
const orphanCheckMs = 100;

function isProcessAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Its end is announced when it can do no more work; a pid that another process got meanwhile only costs the wait. */
async function waitUntilGone(pid: number | undefined, isAlive: (pid: number) => boolean): Promise<void> {
  if (pid === undefined) return;
  for (let waited = 0; isAlive(pid) && waited < orphanMsMax; waited += orphanCheckMs) {
    await wait(orphanCheckMs);
  }
}

/** Runs tasks; `announce` must resolve when every listener has a task's new state durably. */
export function createTasks(options: {
  readonly register: TaskRegister;
  readonly place: StackPlace;
  /** What every container gets beside its own variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly announce: (task: TaskRecord) => Promise<void>;
  readonly now: () => Date;
  readonly randomId: () => string;
  readonly isProcessAlive?: (pid: number) => boolean;
  readonly log: Log;
}): Tasks {
  const { register, place, log } = options;
  const running = new Map<
    string,
    { readonly process: ContainerProcess; readonly definition: TaskDefinitionModel }
  >();
  const announcements = new Set<Promise<void>>();
  const stopReasons = new Map<string, string>();
  const ended = Promise.withResolvers<undefined>();
  let isClosing = false;

  const track = (work: Promise<void>): void => {
    const tracked: Promise<void> = work.finally(() => announcements.delete(tracked));
    announcements.add(tracked);
  };

  const announceNow = async (task: TaskRecord): Promise<void> => {
    try {
      await options.announce(task);
      if (task.lastStatus === 'STOPPED') register.save({ ...task, isEndAnnounced: true });
    } catch (error) {
      const problem = `${task.taskArn} ${task.lastStatus} was not announced: ${describeError(error)}`;
      log({ level: 'error', source: 'ecs', message: problem });
    }
  };

  const change = (taskArn: string, changes: Partial<TaskRecord>): void => {
    const task = register.find(taskArn);
    if (task === undefined) return;
    const changed = { ...task, ...changes };
    register.save(changed);
    // An end that this stack brings about is told by the next one: what reacts to it may want to start tasks.
    if (isClosing) return;
    track(announceNow(changed));
  };

  return {
    register,
    shortage: () => {
      if (isClosing) return 'The local stack is stopping';
      return running.size >= tasksRunningMax
        ? `RESOURCE:CPU (${tasksRunningMax} tasks run already)`
        : undefined;
    },

    start: (wish) => {
      const { clusterArn, definition } = wish;
      const id = options.randomId().replaceAll('-', '');
      const taskArn = `arn:aws:ecs:${place.region}:${place.accountId}:task/${clusterArn.split('/').at(-1) ?? ''}/${id}`;
      const { container } = definition;
      const task: TaskRecord = {
        taskArn,
        clusterArn,
        taskDefinitionArn: definition.arn,
        containerName: container.name,
        lastStatus: 'PENDING',
        createdAt: options.now().toISOString(),
        clientToken: wish.clientToken,
        startedBy: wish.startedBy,
        group: wish.group ?? `family:${definition.family}`,
        overrides: wish.overrides,
        isEndAnnounced: false,
      };
      register.save(task);
      const process = spawnContainer({
        command: [...container.entryPoint, ...(wish.command ?? container.command)],
        directory: container.directory,
        environment: {
          ...container.environment,
          ...wish.environment,
          ...options.environment,
          ECS_CONTAINER_METADATA_URI_V4: taskMetadataUri(place.awsEndpoint, id),
        },
        onLine: (message) => {
          log({ level: 'info', source: `task/${id}`, message });
        },
        onStart: () => {
          change(taskArn, { lastStatus: 'RUNNING', startedAt: options.now().toISOString() });
        },
        onEnd: (end) => {
          running.delete(taskArn);
          const userReason = stopReasons.get(taskArn);
          stopReasons.delete(taskArn);
          const exitCode = end.exitCode === undefined ? {} : { exitCode: end.exitCode };
          const exitedCode = userReason === undefined ? 'EssentialContainerExited' : 'UserInitiated';
          change(taskArn, {
            lastStatus: 'STOPPED',
            stoppedAt: options.now().toISOString(),
            stopCode: end.kind === 'exited' ? exitedCode : 'TaskFailedToStart',
            stoppedReason: userReason ?? end.reason,
            ...exitCode,
          });
          log({
            level: 'info',
            source: `task/${id}`,
            message: `stopped: ${userReason ?? end.reason} (exit code ${end.exitCode ?? 'none'})`,
          });
          if (isClosing && running.size === 0) ended.resolve(undefined);
        },
      });
      running.set(taskArn, { process, definition });
      const started = process.pid === undefined ? task : { ...task, pid: process.pid };
      register.save(started);
      return started;
    },

    stop: (task, reason) => {
      const entry = running.get(task.taskArn);
      if (entry === undefined) return;
      stopReasons.set(task.taskArn, reason);
      entry.process.stop(entry.definition.container.stopTimeoutSeconds);
    },

    announceLeftEnds: () => {
      for (const task of register.all()) {
        if (task.lastStatus !== 'STOPPED' || task.isEndAnnounced) continue;
        const gone = waitUntilGone(task.pid, options.isProcessAlive ?? isProcessAlive);
        track(gone.then(() => announceNow(task)));
      }
    },

    close: async () => {
      isClosing = true;
      for (const [taskArn, { process, definition }] of running) {
        stopReasons.set(taskArn, 'The local stack was stopped');
        process.stop(definition.container.stopTimeoutSeconds);
      }
      if (running.size > 0) await ended.promise;
      while (announcements.size > 0) await Promise.all(announcements);
    },
  };
}
