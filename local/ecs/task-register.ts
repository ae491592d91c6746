import { z } from 'zod';
import type { DataFolder } from '../data-folder.ts';
import { StartError } from '../start-error.ts';
import { taskRecord, type TaskRecord } from './task-record.ts';

/** Every task that runs, or stopped lately; kept in the data folder, so that an end is announced after a crash too. */
export interface TaskRegister {
  all(): readonly TaskRecord[];
  find(taskArnOrId: string): TaskRecord | undefined;
  /** Adds or replaces the task. */
  save(task: TaskRecord): void;
}

const fileName = 'ecs-tasks.json';
const keepStoppedMs = 3_600_000;
const stored = z.array(taskRecord);

function load(folder: DataFolder): TaskRecord[] {
  const text = folder.read(fileName);
  if (text === undefined) return [];
  try {
    return stored.parse(JSON.parse(text));
  } catch (error) {
    throw new StartError(
      `${folder.file(fileName)} is broken: remove it; tasks that ran are then not followed up.`,
      {
        cause: error,
      },
    );
  }
}

/** Opens the register. What ran when the stack ended has stopped since. Throws StartError when its file is broken. */
export function openTaskRegister(folder: DataFolder, now: () => Date): TaskRegister {
  const tasks = new Map<string, TaskRecord>();
  for (const task of load(folder)) {
    const ended: TaskRecord =
      task.lastStatus === 'STOPPED'
        ? task
        : {
            ...task,
            lastStatus: 'STOPPED',
            stoppedAt: now().toISOString(),
            stopCode: 'TerminationNotice',
            stoppedReason: 'The local stack ended while the task was running',
          };
    tasks.set(task.taskArn, ended);
  }

  const persist = (): void => {
    const oldest = now().getTime() - keepStoppedMs;
    for (const task of tasks.values()) {
      if (task.isEndAnnounced && Date.parse(task.stoppedAt ?? task.createdAt) < oldest)
        tasks.delete(task.taskArn);
    }
    folder.write(fileName, JSON.stringify([...tasks.values()]));
  };

  return {
    all: () => [...tasks.values()],
    find: (taskArnOrId) =>
      tasks.get(taskArnOrId) ?? [...tasks.values()].find((task) => task.taskArn.endsWith(`/${taskArnOrId}`)),
    save: (task) => {
      tasks.set(task.taskArn, task);
      persist();
    },
  };
}
