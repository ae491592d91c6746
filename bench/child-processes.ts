import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();
const isGone = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

let isWatching = false;

function watch(): void {
  if (isWatching) return;
  isWatching = true;
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}

/** Sees that a child does not outlive this process, however this process ends short of `kill -9`. */
export function keepWithParent<Child extends ChildProcess>(child: Child): Child {
  watch();
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Asks a child to end, insists after a while, and resolves when it is gone. */
export async function endChild(child: ChildProcess, graceMs = 10_000): Promise<void> {
  if (isGone(child)) return;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(insist);
}
