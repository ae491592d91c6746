import type { SqliteFormat } from '../../sqlite/open-sqlite-file.ts';

/** The file of the tables. Each table of the catalog has its items in a table of its own: see table-rows.ts. */
export const tableFormat: SqliteFormat = {
  // "Subd"
  applicationId: 0x53756264,
  schemaVersion: 1,
  schema: `
    CREATE TABLE catalog (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      definition TEXT NOT NULL
    ) STRICT`,
  // A checkpoint each 16 MB instead of 4 (measured: half the wall time of single puts).
  pragmas: 'PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768',
};
