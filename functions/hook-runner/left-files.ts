import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Files that scripts leave where everybody may write, by the user of each slot. */
export interface LeftFiles {
  /** A run of this user begins. */
  begin(uid: number): void;
  /** It has ended: what it left may go. */
  end(uid: number): void;
  /** Makes room: removes what the runs that have ended left. */
  clear(): void;
}

const sharedPlaces = ['/tmp', '/var/tmp', '/dev/shm'];

const isOwnedBy = (path: string, isWanted: (uid: number) => boolean): boolean => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && isWanted(found.uid);
};

function list(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    // Not every system has all of them.
    return [];
  }
}

/**
 * A script may keep files outside its folder for the next run; nobody takes them away until the disk is full, when
 * the runs of all would fail otherwise.
 */
export function watchLeftFiles(places: readonly string[] = sharedPlaces): LeftFiles {
  const running = new Map<number, boolean>();
  return {
    begin: (uid) => running.set(uid, true),
    end: (uid) => running.set(uid, false),
    clear() {
      for (const path of places.flatMap((place) => list(place).map((name) => join(place, name)))) {
        try {
          if (isOwnedBy(path, (uid) => running.get(uid) === false))
            rmSync(path, { recursive: true, force: true });
        } catch {
          // The others may be enough.
        }
      }
    },
  };
}
