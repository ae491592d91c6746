import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { integerIfAny, integerOf, textIfAny, textOf, type Row } from './read-row.ts';

const statusSchema = z.enum(['RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED']);

/** A task that moves messages out of a dead-letter queue. Queues are names; times epoch milliseconds. */
export interface MoveTask {
  readonly id: string;
  readonly source: string;
  /** Undefined: each message goes back to the queue it came from. */
  readonly destination: string | undefined;
  readonly messagesPerSecond: number | undefined;
  readonly status: z.output<typeof statusSchema>;
  readonly moved: number;
  /** How many messages waited when the task started. */
  readonly toMove: number;
  readonly failure: string | undefined;
  readonly startedAt: number;
}

export interface MoveTaskRows {
  insert(task: MoveTask): void;
  change(task: MoveTask): void;
  find(id: string): MoveTask | undefined;
  /** Newest first. */
  ofSource(source: string, countMax: number): MoveTask[];
  running(): MoveTask[];
  /** Forgets all but the newest tasks of a source. */
  trim(source: string, kept: number): void;
}

const taskOf = (row: Row): MoveTask => ({
  id: textOf(row, 'id'),
  source: textOf(row, 'source'),
  destination: textIfAny(row, 'destination'),
  messagesPerSecond: integerIfAny(row, 'messages_per_second'),
  status: statusSchema.parse(row['status']),
  moved: integerOf(row, 'moved'),
  toMove: integerOf(row, 'to_move'),
  failure: textIfAny(row, 'failure'),
  startedAt: integerOf(row, 'started_at'),
});

/** Prepares the statements on move tasks. */
export function createMoveTaskRows(db: DatabaseSync): MoveTaskRows {
  const insert = db.prepare(
    `INSERT INTO move_tasks (id, source, destination, messages_per_second, status, moved, to_move, failure,
       started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const change = db.prepare('UPDATE move_tasks SET status = ?, moved = ?, failure = ? WHERE id = ?');
  const find = db.prepare('SELECT * FROM move_tasks WHERE id = ?');
  const ofSource = db.prepare('SELECT * FROM move_tasks WHERE source = ? ORDER BY number DESC LIMIT ?');
  const running = db.prepare("SELECT * FROM move_tasks WHERE status = 'RUNNING'");
  const trim = db.prepare(
    `DELETE FROM move_tasks WHERE source = ?1 AND number NOT IN
       (SELECT number FROM move_tasks WHERE source = ?1 ORDER BY number DESC LIMIT ?2)`,
  );

  return {
    insert(task) {
      insert.run(
        task.id,
        task.source,
        task.destination ?? null,
        task.messagesPerSecond ?? null,
        task.status,
        task.moved,
        task.toMove,
        task.failure ?? null,
        task.startedAt,
      );
    },
    change({ id, status, moved, failure }) {
      change.run(status, moved, failure ?? null, id);
    },
    find(id) {
      const row = find.get(id);
      return row === undefined ? undefined : taskOf(row);
    },
    ofSource: (source, countMax) => ofSource.all(source, countMax).map(taskOf),
    running: () => running.all().map(taskOf),
    trim(source, kept) {
      trim.run(source, kept);
    },
  };
}
