import { execFile, spawnSync } from 'node:child_process';
import { lstatSync, opendirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A folder with no more than so many files, and no folders, is removed without a process. */
const fewMax = 20;

function removeFew(path: string): boolean {
  try {
    // A link that took its place is not followed.
    if (!lstatSync(path).isDirectory()) return false;
    using folder = opendirSync(path);
    const names: string[] = [];
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (entry.isDirectory() || names.length === fewMax) return false;
      names.push(entry.name);
    }
    for (const name of names) unlinkSync(join(path, name));
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Removes a folder with all that is in it. Node's own removal takes 3 KB of memory a file, and half a minute for
 * 10 000 folders inside each other; `rm` takes none, and a moment. What cannot be removed stays.
 */
export async function removeTree(path: string): Promise<void> {
  if (removeFew(path)) return;
  const remove = (): Promise<unknown> => promisify(execFile)('rm', ['-rf', '--', path]);
  // Who is not root has to unlock first what a script locked.
  await remove().catch(async () => {
    await promisify(execFile)('chmod', ['-R', 'u+rwX', '--', path]).catch(() => undefined);
    await remove().catch(() => undefined);
  });
}

/** Removes files and folders before anything else happens. What cannot be removed stays. */
export function removeNow(paths: readonly string[]): void {
  const there = paths.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  if (there.length > 0) spawnSync('rm', ['-rf', '--', ...there], { stdio: 'ignore' });
}
