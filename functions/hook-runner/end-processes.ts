import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Ends every process of the group that a child leads; a group that is gone already is no error. */
export function endGroup({ pid }: Pick<ChildProcess, 'pid'>): void {
  // Without an id nothing was started, and -0 would be our own group.
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

// EPERM: macOS answers it for a group of which only a zombie is left.
const isGone = (error: unknown): boolean =>
  error instanceof Error && ['ESRCH', 'EPERM'].includes(String(Reflect.get(error, 'code')));

function listIds(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((id) => Number.isInteger(id));
  } catch {
    // No /proc on this system: who leaves its group is out of reach.
    return [];
  }
}

/** More candidates than this are dearer to try than to list. */
const rangeMax = 1_000;

/**
 * The ids given out after `pid`, which are all that it or its descendants can have; undefined when that cannot be told.
 * The fifth field of /proc/loadavg is the last id given out: https://man7.org/linux/man-pages/man5/proc_loadavg.5.html
 */
function idsAfter(pid: number): number[] | undefined {
  try {
    const last = Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ')[4]);
    if (!(last >= pid && last - pid <= rangeMax)) return undefined;
    return Array.from({ length: last - pid }, (_, index) => pid + 1 + index);
  } catch {
    return undefined;
  }
}

const isDenied = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 'EACCES';

function belongsTo(pid: number, uid: number | undefined): boolean {
  try {
    return uid !== undefined && statSync(`/proc/${pid}`).uid === uid;
  } catch {
    return false;
  }
}

/** Whether it was started with its home in a folder, however far it went since. Its own to change. */
function isAtHomeIn(pid: number, folder: string): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return variables.some((variable) => `${variable}/`.startsWith(`HOME=${folder}/`));
  } catch {
    return false;
  }
}

function isOf(pid: number, folder: string, uid: number | undefined): boolean {
  try {
    const place = readlinkSync(`/proc/${pid}/cwd`);
    if (place === folder || place.startsWith(`${folder}/`) || place === `${folder} (deleted)`) return true;
    return belongsTo(pid, uid) && isAtHomeIn(pid, folder);
  } catch (error) {
    // In a container root lacks CAP_SYS_PTRACE and can't look; the slot's user runs nothing but this there.
    // Otherwise it ended meanwhile, or is somebody else's.
    return isDenied(error) && belongsTo(pid, uid);
  }
}

function send(signal: 'SIGSTOP' | 'SIGKILL', pids: Iterable<number>): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** A script that starts processes faster than they are found has this many sweeps, half of them after a pause each. */
const sweepsMax = 400;
const sweepPauseMs = 10;

/**
 * Ends the processes that left their group (setsid): those that still work in a run's folder, and those of the run's
 * user. They are stopped first, all of them, and killed then: a killed one makes room for a child of those that are
 * left, up to the limit of processes that a user may have, and a stopped one holds it.
 * @param run.uid the user that only this run's processes belong to, where there is one
 * @param run.youngerThan the run's first process, where it ran too shortly for ids to have been given out all around:
 *   who came after it is then looked at only, not every process of the machine
 */
export async function endProcessesIn(
  folder: string,
  run: { readonly uid?: number | undefined; readonly youngerThan?: number | undefined } = {},
): Promise<void> {
  const { uid, youngerThan } = run;
  const ended = new Set<number>();
  const stopped = new Set<number>();
  for (let sweeps = 0; sweeps < sweepsMax; sweeps++) {
    const ids = (youngerThan === undefined ? undefined : idsAfter(youngerThan)) ?? listIds();
    const left = ids.filter((pid) => !stopped.has(pid) && !ended.has(pid) && isOf(pid, folder, uid));
    if (left.length === 0) {
      if (stopped.size === 0) return;
      send('SIGKILL', stopped);
      for (const pid of stopped) ended.add(pid);
      stopped.clear();
      continue;
    }
    send('SIGSTOP', left);
    for (const pid of left) stopped.add(pid);
    if (sweeps % 2 === 1) await delay(sweepPauseMs);
  }
  send('SIGKILL', stopped);
}
