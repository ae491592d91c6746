import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

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

function worksIn(pid: number, folder: string, uid: number | undefined): boolean {
  try {
    const place = readlinkSync(`/proc/${pid}/cwd`);
    return place === folder || place.startsWith(`${folder}/`) || place === `${folder} (deleted)`;
  } catch (error) {
    // In a container root lacks CAP_SYS_PTRACE and can't look; the slot's user runs nothing but this there.
    // Otherwise it ended meanwhile, or is somebody else's.
    return isDenied(error) && belongsTo(pid, uid);
  }
}

const sweepsMax = 3;

/**
 * Ends the processes that left their group (setsid) and still work in a run's folder.
 * @param run.uid the user that only this run's processes belong to, where there is one
 * @param run.youngerThan the run's first process, where it ran too shortly for ids to have been given out all around:
 *   who came after it is then looked at only, not every process of the machine
 */
export function endProcessesIn(
  folder: string,
  run: { readonly uid?: number | undefined; readonly youngerThan?: number | undefined } = {},
): void {
  const { uid, youngerThan } = run;
  for (let sweeps = 0; sweeps < sweepsMax; sweeps++) {
    const ids = (youngerThan === undefined ? undefined : idsAfter(youngerThan)) ?? listIds();
    const left = ids.filter((pid) => worksIn(pid, folder, uid));
    if (left.length === 0) return;
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
  }
}
