import type { ChildProcess } from 'node:child_process';
import { endGroup } from './end-processes.ts';

/** How a script's first process ended. */
export type ScriptEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed_out'; readonly timeoutSeconds: number }
  | { readonly kind: 'stopped' };

/** A killed process that sits in the kernel (a dead network disk) is not waited for any longer. */
const exitGraceMs = 5_000;

/**
 * Waits for the end of a script's first process, and ends its group when the time is over or the signal says so.
 * What it said itself counts: a script that exits just before it would have been killed has exited.
 */
export function waitForEnd(
  child: ChildProcess,
  { timeoutSeconds, signal }: { readonly timeoutSeconds: number; readonly signal: AbortSignal },
): Promise<ScriptEnd> {
  const timedOut = { kind: 'timed_out', timeoutSeconds } as const;
  return new Promise((resolve) => {
    let ended: ScriptEnd | undefined;
    let giveUp: NodeJS.Timeout | undefined;
    const settle = (end: ScriptEnd): void => {
      clearTimeout(timer);
      clearTimeout(giveUp);
      signal.removeEventListener('abort', onAbort);
      resolve(end);
    };
    const end = (why: ScriptEnd): void => {
      if (ended !== undefined) return;
      ended = why;
      endGroup(child);
      giveUp = setTimeout(() => settle(why), exitGraceMs);
    };
    const onAbort = (): void => end({ kind: 'stopped' });
    const timer = setTimeout(() => end(timedOut), timeoutSeconds * 1000);
    child.once('exit', (code, killedBy) => {
      if (code !== null) settle({ kind: 'exited', exitCode: code });
      else settle(ended ?? { kind: 'killed', signal: killedBy ?? 'an unknown signal' });
    });
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}
