import { chownSync, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Owner } from './run-folders.ts';

/** Writes a new file that its owner alone can read; nothing of it is left when it cannot be written whole. */
export function writeOwned(path: string, content: string, owner: Owner | undefined): void {
  try {
    writeFileSync(path, content, { mode: 0o400, flag: 'wx' });
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/**
 * Standard input as a file that has no name any more: a script can open `/dev/stdin`, and one that reads nothing
 * breaks no pipe.
 */
export function openInput(path: string, input: string, owner: Owner | undefined): number {
  writeOwned(path, input, owner);
  try {
    return openSync(path, 'r');
  } finally {
    unlinkSync(path);
  }
}
