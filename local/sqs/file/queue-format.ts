import type { SqliteFormat } from '../../sqlite/open-sqlite-file.ts';

/** The file of the queues. `body` stands last: rows are read at start without the overflow pages of large bodies. */
export const queueFormat: SqliteFormat = {
  // "Subq"
  applicationId: 0x53756271,
  schemaVersion: 1,
  schema: `
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
    CREATE INDEX move_tasks_by_source ON move_tasks (source, number)`,
};
