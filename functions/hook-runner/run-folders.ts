import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, opendirSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';

/** Whom a folder belongs to; the runner's own user without one. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The folders that scripts work in. */
export interface RunFolders {
  /** An empty folder that its owner alone can list. No two runs at a time share a slot. */
  take(slot: number, owner: Owner | undefined): string;
  /** Takes a folder back whose run has ended: the slot's next run gets it when it is still as it was given out. */
  giveBack(slot: number, path: string): Promise<void>;
}

const parentMode = 0o711;
/** What mkdtemp gives a folder. */
const runMode = 0o700;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 'ENOENT';

/** Whether nobody removed, replaced or opened it to others: a script can do all that to its own folder. */
function isAsMade(path: string, owner: Owner | undefined): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return (
    found?.isDirectory() === true &&
    (found.mode & 0o7777) === runMode &&
    found.uid === (owner?.uid ?? process.getuid?.() ?? found.uid)
  );
}

function isEmpty(path: string): boolean {
  try {
    using folder = opendirSync(path);
    return folder.readSync() === null;
  } catch {
    return false;
  }
}

/**
 * Opens the folders under `parent`. An empty folder is kept for its slot, since disks are slow to make a folder where one
 * was just removed: ext4 looks past all that were deleted in the last seconds.
 */
export function openRunFolders(parent: string): RunFolders {
  const kept = new Map<number, string>();

  const make = (): string => {
    try {
      return mkdtempSync(join(parent, 'run-'));
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The first one; or somebody tidied up /tmp.
      mkdirSync(parent, { recursive: true });
      chmodSync(parent, parentMode);
      return mkdtempSync(join(parent, 'run-'));
    }
  };

  return {
    take(slot, owner) {
      const known = kept.get(slot);
      kept.delete(slot);
      if (known !== undefined && isAsMade(known, owner)) return known;
      const path = make();
      if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
      return path;
    },
    async giveBack(slot, path) {
      if (isEmpty(path)) {
        kept.set(slot, path);
        return;
      }
      await removeTree(path);
    },
  };
}
