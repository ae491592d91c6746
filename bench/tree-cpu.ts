import { readdirSync, readFileSync } from 'node:fs';

// USER_HZ, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: 100 on every architecture that Node runs on.
const tickMs = 10;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** Its own, and that of the children that it saw end. */
  readonly cpuMs: number;
}

function readTimes(pid: number): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces and brackets.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + field, 0);
    return { pid, parent: fields[1] ?? 0, cpuMs: ticks * tickMs };
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds of processor time of a process with all that it started, and what those started; undefined where the
 * system does not tell (no /proc).
 */
export function readTreeCpuMs(root: number): number | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const processes = names
    .map(Number)
    .filter((pid) => Number.isInteger(pid))
    .map(readTimes)
    .filter((times) => times !== undefined);
  const byParent = Map.groupBy(processes, ({ parent }) => parent);
  const cpuOf = ({ pid, cpuMs }: ProcessTimes): number =>
    (byParent.get(pid) ?? []).reduce((sum, child) => sum + cpuOf(child), cpuMs);
  const found = processes.find(({ pid }) => pid === root);
  return found === undefined ? undefined : cpuOf(found);
}
