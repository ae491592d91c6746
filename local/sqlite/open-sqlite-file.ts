import { DatabaseSync } from 'node:sqlite';
import { describeError, StartError } from '../start-error.ts';

/** What is in a SQLite file of ours. */
export interface SqliteFormat {
  /** Four letters in ASCII: tell our files from other programs' SQLite files. */
  readonly applicationId: number;
  readonly schemaVersion: number;
  /** Statements that make its tables. */
  readonly schema: string;
  /** Pragmas of this file beside those of all, such as the size of its cache. */
  readonly pragmas?: string;
}

function readPragma(db: DatabaseSync, name: string): number {
  const value = db.prepare(`PRAGMA ${name}`).get()?.[name];
  if (typeof value !== 'number') throw new Error(`PRAGMA ${name} is no number.`);
  return value;
}

const isEmpty = (db: DatabaseSync): boolean =>
  db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0;

const elsewhere = 'give another folder with --data DIR';

function prepareSchema(db: DatabaseSync, file: string, format: SqliteFormat): void {
  const { applicationId, schemaVersion, schema } = format;
  const id = readPragma(db, 'application_id');
  const version = readPragma(db, 'user_version');
  if (id === 0 && version === 0 && isEmpty(db)) {
    db.exec(
      `BEGIN IMMEDIATE; ${schema}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; COMMIT;`,
    );
    return;
  }
  if (id !== applicationId) {
    throw new StartError(
      `${file} is another program's SQLite file and holds nothing of ours: move it away, or ${elsewhere}.`,
    );
  }
  if (version > schemaVersion) {
    throw new StartError(
      `${file} was written by a newer version (schema ${version}, this one knows ${schemaVersion}): update this program, or ${elsewhere}.`,
    );
  }
  if (version < schemaVersion) {
    throw new StartError(
      `${file} has schema ${version}, which no release has written: move it away to start empty, or ${elsewhere}.`,
    );
  }
}

/** https://www.sqlite.org/rescode.html */
function mend(file: string, resultCode: number | undefined): string | undefined {
  switch (resultCode) {
    case 5:
    case 6:
      return `${file} is in use by another process: stop that one first, or ${elsewhere}.`;
    case 8:
      return `${file} cannot be written: give write permission on it and its folder.`;
    case 10:
    case 13:
      return `${file} cannot be written, the disk is full or failing: make room and start again.`;
    case 14:
      return `${file} cannot be opened: its folder must exist and be writable.`;
    case 11:
    case 26:
      return `${file} is broken or not a SQLite file: restore the data folder from a copy, or ${elsewhere}.`;
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

/** Runs what reads or writes the file at start; a failure becomes a `StartError` that names it and how to mend it. */
export function explainingFile<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message =
      mend(file, resultCodeOf(error)) ??
      `${file} cannot be opened (${describeError(error)}): restore the data folder from a copy, or ${elsewhere}.`;
    throw new StartError(message, { cause: error });
  }
}

/**
 * Opens or creates a file, `:memory:` for none, and holds its lock until it is closed: what is in memory beside it
 * allows for one process only. Throws `StartError`.
 */
export function openSqliteFile(file: string, format: SqliteFormat): DatabaseSync {
  const db = explainingFile(file, () => new DatabaseSync(file));
  try {
    explainingFile(file, () => {
      // NORMAL with WAL: a commit survives the death of the process; only a power cut can take the last ones.
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      if (format.pragmas !== undefined) db.exec(format.pragmas);
      prepareSchema(db, file, format);
      // Takes the exclusive lock now and not at the first write.
      db.exec('BEGIN IMMEDIATE; COMMIT');
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}
