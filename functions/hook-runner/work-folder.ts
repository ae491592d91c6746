import { chmodSync, mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { endProcessesIn } from './end-processes.ts';
import { removeNow } from './remove-tree.ts';

/** Where a worker keeps scripts and runs them. */
export interface WorkFolder {
  readonly scripts: string;
  readonly runs: string;
  /** In memory where the system has such a place. */
  readonly pipes: string;
  remove(): void;
}

/** Process ids mean something within their namespace only: two containers may share a /tmp. */
function namespaceId(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's process.
    return error instanceof Error && Reflect.get(error, 'code') !== 'ESRCH';
  }
}

/** Ends the scripts that a killed worker left running, which its successor runs again, and removes its folder. */
async function clearLeftovers(parent: string, prefix: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : Number.NaN;
    if (!Number.isInteger(pid) || pid === process.pid || isAlive(pid)) continue;
    const folder = join(parent, name);
    try {
      await endProcessesIn(folder);
      removeNow([folder]);
    } catch {
      // Somebody else's folder: theirs to clear.
    }
  }
}

async function makeFolder(parent: string): Promise<string> {
  const prefix = `hook-runner-${namespaceId()}-`;
  await clearLeftovers(parent, prefix);
  const path = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
  chmodSync(path, 0o711);
  return path;
}

/** Undefined on a system without such a place, or one that lets nobody write there. */
async function tryFolder(parent: string): Promise<string | undefined> {
  try {
    return await makeFolder(parent);
  } catch {
    return undefined;
  }
}

/**
 * Makes folders of this worker's own, which scripts of other users can pass through and not list.
 * @param memory a file system in memory: pipes and inputs last for one run, and disks are slow to make and forget files
 */
export async function createWorkFolder(parent: string, memory = '/dev/shm'): Promise<WorkFolder> {
  const path = await makeFolder(parent);
  const inMemory = await tryFolder(memory);
  return {
    scripts: join(path, 'scripts'),
    runs: join(path, 'runs'),
    pipes: join(inMemory ?? path, 'pipes'),
    remove() {
      removeNow(inMemory === undefined ? [path] : [path, inMemory]);
    },
  };
}
