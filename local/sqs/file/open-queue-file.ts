import { explainingFile, openSqliteFile } from '../../sqlite/open-sqlite-file.ts';
import { createMessageRows, type MessageRows } from './message-rows.ts';
import { createMoveTaskRows, type MoveTaskRows } from './move-task-rows.ts';
import { queueFormat } from './queue-format.ts';
import { createQueueRows, type QueueRows } from './queue-rows.ts';

/** What a restart has to know: queues, messages and move tasks on disk. */
export interface QueueFile {
  readonly queues: QueueRows;
  readonly messages: MessageRows;
  readonly moveTasks: MoveTaskRows;
  /** Runs `run` in one transaction: all of it is written, or nothing. */
  transaction<T>(run: () => T): T;
  close(): void;
}

/** Opens or creates a queue file; `:memory:` keeps everything in memory. Throws `StartError`. */
export function openQueueFile(file: string): QueueFile {
  const db = openSqliteFile(file, queueFormat);
  try {
    return explainingFile(file, () => {
      const begin = db.prepare('BEGIN IMMEDIATE');
      const commit = db.prepare('COMMIT');
      const rollback = db.prepare('ROLLBACK');
      return {
        queues: createQueueRows(db),
        messages: createMessageRows(db),
        moveTasks: createMoveTaskRows(db),
        transaction(run) {
          begin.run();
          try {
            const result = run();
            commit.run();
            return result;
          } catch (error) {
            // A failed COMMIT may have rolled back by itself.
            if (db.isTransaction) rollback.run();
            throw error;
          }
        },
        close: () => db.close(),
      };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}
