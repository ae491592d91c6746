import { lstatSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { removeNow } from './remove-tree.ts';

/** Files that scripts leave where everybody may write, by the user of each slot. */
export interface LeftFiles {
  /** A run of this user begins. */
  begin(uid: number): void;
  /** It has ended: what it left may go, and does where it lies in memory or room is scarce. */
  end(uid: number): void;
  /** Makes room: removes what the runs that have ended left. */
  clear(): void;
}

/** What a file system has room for, as statfs tells it. */
export interface Room {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
  /** Files that it takes; 0 where it does not count them. */
  readonly files: number;
  readonly ffree: number;
}

/** Where everybody may write. */
interface Places {
  readonly disk: readonly string[];
  /** What lies here takes the memory that the next scripts need. */
  readonly memory: readonly string[];
}

const sharedPlaces: Places = { disk: ['/tmp', '/var/tmp'], memory: ['/dev/shm'] };

/** Room is scarce below a quarter of it, where that is less than this. */
const scarceBytesMax = 1024 ** 3;
const scarceFilesMax = 10_000;

function isScarce({ bsize, blocks, bavail, files, ffree }: Room): boolean {
  const bytesWanted = Math.min((blocks * bsize) / 4, scarceBytesMax);
  return bavail * bsize < bytesWanted || (files > 0 && ffree < Math.min(files / 4, scarceFilesMax));
}

const isOwnedBy = (path: string, isWanted: (uid: number) => boolean): boolean => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && isWanted(found.uid);
};

/** Undefined where there is no such place: not every system has all of them. */
function tryTo<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/**
 * A script may keep files on disk outside its folder for the next run; nobody takes them away until room gets scarce,
 * when the runs of all would fail otherwise.
 */
export function watchLeftFiles(
  { disk, memory }: Places = sharedPlaces,
  readRoom: (place: string) => Room = statfsSync,
): LeftFiles {
  const running = new Map<number, boolean>();
  const clear = (cleared: readonly string[]): void => {
    const paths = cleared.flatMap((place) =>
      (tryTo(() => readdirSync(place)) ?? []).map((name) => join(place, name)),
    );
    // At once, so that no run begins meanwhile and makes a file of such a name anew.
    removeNow(paths.filter((path) => isOwnedBy(path, (uid) => running.get(uid) === false)));
  };
  return {
    begin: (uid) => running.set(uid, true),
    end(uid) {
      running.set(uid, false);
      const scarce = disk.filter((place) => {
        const room = tryTo(() => readRoom(place));
        return room !== undefined && isScarce(room);
      });
      clear([...scarce, ...memory]);
    },
    clear: () => clear([...disk, ...memory]),
  };
}
