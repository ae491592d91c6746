import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { QueueAttributes } from '../queue-attributes.ts';
import { integerOf, textOf } from './read-row.ts';

/** A queue as the file has it. Times are epoch milliseconds. */
export interface QueueRow {
  readonly id: number;
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface QueueRows {
  /** Answers the new queue's id. */
  insert(queue: { name: string; attributes: QueueAttributes; now: number }): number;
  change(id: number, attributes: QueueAttributes, now: number): void;
  /** Removes the queue and its messages. */
  remove(id: number): void;
  all(): QueueRow[];
}

const attributesSchema = z.record(z.string(), z.string());

/** Prepares the statements on queues. */
export function createQueueRows(db: DatabaseSync): QueueRows {
  const insert = db.prepare(
    'INSERT INTO queues (name, attributes, created_at, changed_at) VALUES (?, ?, ?, ?)',
  );
  const change = db.prepare('UPDATE queues SET attributes = ?, changed_at = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM queues WHERE id = ?');
  const all = db.prepare('SELECT id, name, attributes, created_at, changed_at FROM queues ORDER BY id');

  return {
    insert: ({ name, attributes, now }) =>
      Number(insert.run(name, JSON.stringify(attributes), now, now).lastInsertRowid),
    change(id, attributes, now) {
      change.run(JSON.stringify(attributes), now, id);
    },
    remove(id) {
      remove.run(id);
    },
    all: () =>
      all.all().map((row) => ({
        id: integerOf(row, 'id'),
        name: textOf(row, 'name'),
        attributes: attributesSchema.parse(JSON.parse(textOf(row, 'attributes'))),
        createdAt: integerOf(row, 'created_at'),
        changedAt: integerOf(row, 'changed_at'),
      })),
  };
}
