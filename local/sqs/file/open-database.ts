import { DatabaseSync } from 'node:sqlite';
import { QueueFileError } from './queue-file-error.ts';
import { integerOf } from './read-row.ts';

/** "Subq" in ASCII: tells our files from other programs' SQLite files. */
const applicationId = 0x53756271;
const schemaVersion = 1;

// `body` stands last: rows are read at start without the overflow pages of large bodies.
const schema = `
  CREATE TABLE queues (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    attributes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    queue_id INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    group_id TEXT,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receive_count INTEGER NOT NULL,
    receives_elsewhere INTEGER NOT NULL,
    first_received_at INTEGER,
    dead_letter_source TEXT,
    trace_header TEXT,
    attributes TEXT,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX messages_by_age ON messages (queue_id, sent_at);
  CREATE TABLE move_tasks (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    destination TEXT,
    messages_per_second INTEGER,
    status TEXT NOT NULL,
    moved INTEGER NOT NULL,
    to_move INTEGER NOT NULL,
    failure TEXT,
    started_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX move_tasks_by_source ON move_tasks (source, number);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

const pragma = (db: DatabaseSync, name: string): number =>
  integerOf(db.prepare(`PRAGMA ${name}`).get() ?? {}, name);

const isEmpty = (db: DatabaseSync): boolean =>
  db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0;

function prepareSchema(db: DatabaseSync, file: string): void {
  const id = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  if (id === 0 && version === 0 && isEmpty(db)) {
    db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    return;
  }
  if (id !== applicationId)
    throw new QueueFileError(
      `${file} is another program's SQLite file, not a queue file: name another file, or move this one away.`,
    );
  if (version > schemaVersion)
    throw new QueueFileError(
      `${file} was written by a newer version (schema ${version}, this one knows ${schemaVersion}): update this program, or move the file away to start empty.`,
    );
  if (version < schemaVersion)
    throw new QueueFileError(
      `${file} has schema ${version}, which no release has written: move it away to start empty.`,
    );
}

/** https://www.sqlite.org/rescode.html */
function mend(file: string, resultCode: number | undefined): string | undefined {
  switch (resultCode) {
    case 5:
    case 6:
      return `${file} is in use by another process: stop that one first, or name another file.`;
    case 8:
      return `${file} cannot be written: give write permission on it and its folder.`;
    case 10:
    case 13:
      return `${file} cannot be written, the disk is full or failing: make room and start again.`;
    case 14:
      return `${file} cannot be opened: its folder must exist and be writable.`;
    case 11:
    case 26:
      return `${file} is broken or not a SQLite file: restore it, or move it away to start empty.`;
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

/** Runs what reads or writes the file at start, and says in one line what is wrong with the file if it fails. */
export function explainingFile<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof QueueFileError) throw error;
    const message = mend(file, resultCodeOf(error));
    throw new QueueFileError(
      message ??
        `${file} cannot be used as a queue file: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/**
 * Opens or creates the queue database and holds its lock until it is closed: the engine keeps what is in flight
 * in memory, so two processes must never serve one file. Throws `QueueFileError`.
 */
export function openDatabase(file: string): DatabaseSync {
  const db = explainingFile(file, () => new DatabaseSync(file));
  try {
    explainingFile(file, () => {
      // NORMAL with WAL: a commit survives the death of the process; only a power cut can take the last ones.
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
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
