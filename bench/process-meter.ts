import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What a process has used, all its threads together; undefined where the system does not tell (no /proc). */
export interface ProcessUse {
  readonly cpuMs: number;
  readonly residentMb: number;
  /** The most since its start or the last `forgetPeak`. */
  readonly peakMb: number;
}

// USER_HZ, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: 100 on every architecture that Node runs on.
const tickMs = 10;

const readMb = (status: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;

/** Reads what the process with this id has used so far. */
export function readProcessUse(pid: number): ProcessUse | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
      residentMb: readMb(status, 'VmRSS'),
      peakMb: readMb(status, 'VmHWM'),
    };
  } catch {
    return undefined;
  }
}

/** Lets the peak start anew from what the process holds now; where that is not allowed it stays that of its life. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The figure is then an upper bound.
  }
}

const sampleMs = 250;
/** An idle stack polls and sweeps: this much CPU in a sample is still rest. */
const restCpuMs = 20;

/** Resolves when the process has rested for half a second, or after `waitMsMax`. */
export async function waitUntilAtRest(pid: number, waitMsMax = 15_000): Promise<void> {
  let before = readProcessUse(pid)?.cpuMs;
  let restful = 0;
  for (let waited = 0; waited < waitMsMax && restful < 2 && before !== undefined; waited += sampleMs) {
    await delay(sampleMs);
    const now = readProcessUse(pid)?.cpuMs;
    restful = now !== undefined && now - before <= restCpuMs ? restful + 1 : 0;
    before = now;
  }
}
