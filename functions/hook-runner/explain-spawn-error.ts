import type { ScriptFile } from './store-script.ts';

const errorCodeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : 'unknown error';
};

/** Whether another process still has the file open for writing: it passes. */
export const isBusyFile = (error: unknown): boolean => errorCodeOf(error) === 'ETXTBSY';

/** Whether there was no room for a file. */
export const isFullDisk = (error: unknown): boolean => ['EDQUOT', 'ENOSPC'].includes(errorCodeOf(error));

/** The machine has no room for another process or its input: not the script's fault, so that its run comes back. */
const exhaustion: ReadonlySet<string> = new Set(['EAGAIN', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC']);

/** Says why the kernel did not start a script, and how to mend it. Throws what is not the script's fault. */
export function explainSpawnError(error: unknown, { interpreter }: ScriptFile): string {
  const code = errorCodeOf(error);
  if (exhaustion.has(code)) throw error;
  switch (code) {
    case 'ENOENT':
      return `the interpreter ${interpreter} of its #! line does not exist where hooks run (ENOENT): name one that does, such as /bin/sh, or add it to the image of hook-runner`;
    case 'EACCES':
      return `the interpreter ${interpreter} of its #! line may not be executed (EACCES): name another one, and see that /tmp is not mounted with noexec`;
    case 'ENOEXEC':
      return `the interpreter ${interpreter} of its #! line is no program that this machine can run (ENOEXEC): name another one`;
    case 'ELOOP':
      return `the interpreter ${interpreter} of its #! line leads to itself (ELOOP): name a program that is no script`;
    case 'E2BIG':
      return 'the event is too large for the environment of a process (E2BIG): publish less data';
    default:
      return `the script could not be started (${code})`;
  }
}
