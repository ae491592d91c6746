import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describeError, StartError } from './start-error.ts';

// https://www.sqlite.org/rescode.html#busy
const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function readOwner(path: string): string {
  try {
    return `process ${readFileSync(path, 'utf8').trim()}`;
  } catch {
    return 'another process';
  }
}

/**
 * Locks the folder until the answered function is called or the process ends, however it ends.
 * An SQLite lock is a kernel lock: unlike a pid file it cannot outlive a killed stack.
 */
export function lockDataFolder(path: string): () => void {
  const pidFile = join(path, 'pid');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(path, 'lock.sqlite'));
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const problem = isBusy(error)
      ? `is in use by ${readOwner(pidFile)}. Stop it first, or give another folder with --data DIR.`
      : `cannot be locked (${describeError(error)}).`;
    throw new StartError(`The data folder ${path} ${problem}`, { cause: error });
  }
  const held = database;
  writeFileSync(pidFile, `${process.pid}\n`);
  return () => {
    held.close();
  };
}
