import { DatabaseSync } from 'node:sqlite';
import { describeError, StartError } from '../../start-error.ts';

/** "Subd" in ASCII: tells our files from other programs' SQLite files. */
const applicationId = 0x53756264;
const schemaVersion = 1;

// Each table of the catalog has its items in a table of its own: see table-rows.ts.
const schema = `
  CREATE TABLE catalog (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

function pragma(db: DatabaseSync, name: string): number {
  const value = db.prepare(`PRAGMA ${name}`).get()?.[name];
  if (typeof value !== 'number') throw new Error(`PRAGMA ${name} is no number.`);
  return value;
}

const isEmpty = (db: DatabaseSync): boolean =>
  db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0;

function prepareSchema(db: DatabaseSync, file: string): void {
  const id = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  if (id === 0 && version === 0 && isEmpty(db)) {
    db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    return;
  }
  if (id !== applicationId) {
    throw new StartError(
      `${file} is another program's SQLite file and holds no tables of ours: move it away, or give another folder with --data DIR.`,
    );
  }
  if (version !== schemaVersion) {
    throw new StartError(
      `${file} was written by another version (schema ${version}, this one knows ${schemaVersion}): use that version, or an empty folder with --data DIR.`,
    );
  }
}

/** https://www.sqlite.org/rescode.html */
function mend(file: string, resultCode: number | undefined): string | undefined {
  switch (resultCode) {
    case 5:
    case 6:
      return `${file} is in use by another process: stop that one first, or give another folder with --data DIR.`;
    case 8:
      return `${file} cannot be written: give write permission on it and its folder.`;
    case 10:
    case 13:
      return `${file} cannot be written, the disk is full or failing: make room and start again.`;
    case 14:
      return `${file} cannot be opened: its folder must exist and be writable.`;
    case 11:
    case 26:
      return `${file} is broken or not a SQLite file: restore the data folder from a copy, or give an empty one with --data DIR.`;
    case undefined:
    default:
      return undefined;
  }
}

const resultCodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? // The low byte is the primary code; the rest says more precisely which kind of it.
      error.errcode & 0xff
    : undefined;

/** Runs what reads the file at start; a failure becomes a StartError that names the file and how to mend it. */
export function explainingFile<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message =
      mend(file, resultCodeOf(error)) ??
      `The tables in ${file} cannot be opened (${describeError(error)}). Restore the data folder from a copy, or give an empty one with --data DIR.`;
    throw new StartError(message, { cause: error });
  }
}

/**
 * Opens or creates the file of the tables, `:memory:` for none, and holds its lock until it is closed. Throws
 * StartError.
 */
export function openDatabase(file: string): DatabaseSync {
  const db = explainingFile(file, () => new DatabaseSync(file));
  try {
    explainingFile(file, () => {
      // NORMAL with WAL: a commit survives the death of the process; only a power cut can take the last ones.
      // A checkpoint each 16 MB instead of 4 (measured: half the wall time of single puts).
      db.exec(
        `PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768`,
      );
      prepareSchema(db, file);
      // Takes the exclusive lock now and not at the first write.
      db.exec('BEGIN IMMEDIATE; COMMIT');
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}
