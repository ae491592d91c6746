import type { DatabaseSync } from 'node:sqlite';
import type { QueuedMessage } from '../engine/queued-message.ts';
import { integerIfAny, integerOf, textIfAny, textOf } from './read-row.ts';

/** A message as it is written. Attributes are JSON. Times are epoch milliseconds. */
export interface NewMessageRow {
  readonly seq: number;
  readonly queueId: number;
  readonly messageId: string;
  readonly groupId: string | undefined;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly traceHeader: string | undefined;
  readonly attributes: string | undefined;
  readonly body: string;
}

/** What a receiver gets beside what the engine keeps in memory. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: string | undefined;
  readonly traceHeader: string | undefined;
  readonly deadLetterSource: string | undefined;
}

/** What is needed to put a message back into its queue at start. */
export interface ScheduledRow {
  readonly queueId: number;
  readonly seq: number;
  readonly groupId: string | undefined;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly receivesElsewhere: number;
  readonly firstReceivedAt: number | undefined;
}

export interface MessageRows {
  insert(row: NewMessageRow): void;
  read(seq: number): StoredMessage;
  remove(seq: number): void;
  removeAll(queueId: number): void;
  /** Keeps how often a message that became visible again was received. */
  keepReceives(message: Pick<QueuedMessage, 'seq' | 'receiveCount' | 'firstReceivedAt'>): void;
  /** Into a dead-letter queue: the message stays itself. */
  moveToDeadLetters(message: QueuedMessage, queueId: number, deadLetterSource: string): void;
  /** Out of a dead-letter queue: it counts as sent anew. */
  redrive(seq: number, to: { queueId: number; messageId: string; now: number }): void;
  /** Removes what was sent at or before `sentAt`; answers the keys. */
  removeSentUntil(queueId: number, sentAt: number): number[];
  oldestSentAt(queueId: number): number | undefined;
  /** When a message was last sent or first received, of those that are there. */
  latestAt(): number | undefined;
  /** Counts every message as sent so many milliseconds later. */
  growYounger(ms: number): void;
  all(): Iterable<ScheduledRow>;
}

/** Prepares the statements on messages. */
export function createMessageRows(db: DatabaseSync): MessageRows {
  const insert = db.prepare(
    `INSERT INTO messages (seq, queue_id, message_id, group_id, sent_at, visible_at, receive_count,
       receives_elsewhere, trace_header, attributes, body) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)`,
  );
  const read = db.prepare(
    'SELECT message_id, dead_letter_source, trace_header, attributes, body FROM messages WHERE seq = ?',
  );
  const remove = db.prepare('DELETE FROM messages WHERE seq = ?');
  const removeAll = db.prepare('DELETE FROM messages WHERE queue_id = ?');
  const keepReceives = db.prepare(
    'UPDATE messages SET receive_count = ?, first_received_at = ? WHERE seq = ?',
  );
  const moveToDeadLetters = db.prepare(
    `UPDATE messages SET queue_id = ?, dead_letter_source = ?, receive_count = ?, receives_elsewhere = ?,
       first_received_at = ? WHERE seq = ?`,
  );
  const redrive = db.prepare(
    `UPDATE messages SET queue_id = ?, message_id = ?, sent_at = ?, visible_at = ?, dead_letter_source = NULL,
       receive_count = 0, receives_elsewhere = 0, first_received_at = NULL WHERE seq = ?`,
  );
  const removeSentUntil = db.prepare(
    'DELETE FROM messages WHERE queue_id = ? AND sent_at <= ? RETURNING seq',
  );
  const oldest = db.prepare('SELECT min(sent_at) AS sent_at FROM messages WHERE queue_id = ?');
  const latest = db.prepare(
    'SELECT max(max(sent_at, coalesce(first_received_at, 0))) AS latest_at FROM messages',
  );
  const growYounger = db.prepare('UPDATE messages SET sent_at = sent_at + ?');
  const all = db.prepare(
    `SELECT seq, queue_id, group_id, sent_at, visible_at, receive_count, receives_elsewhere, first_received_at
       FROM messages ORDER BY seq`,
  );

  return {
    insert(row) {
      insert.run(
        row.seq,
        row.queueId,
        row.messageId,
        row.groupId ?? null,
        row.sentAt,
        row.visibleAt,
        row.traceHeader ?? null,
        row.attributes ?? null,
        row.body,
      );
    },
    read(seq) {
      const row = read.get(seq);
      if (row === undefined) throw new Error(`Message ${seq} is missing from the queue file.`);
      return {
        messageId: textOf(row, 'message_id'),
        body: textOf(row, 'body'),
        attributes: textIfAny(row, 'attributes'),
        traceHeader: textIfAny(row, 'trace_header'),
        deadLetterSource: textIfAny(row, 'dead_letter_source'),
      };
    },
    remove(seq) {
      remove.run(seq);
    },
    removeAll(queueId) {
      removeAll.run(queueId);
    },
    keepReceives({ seq, receiveCount, firstReceivedAt }) {
      keepReceives.run(receiveCount, firstReceivedAt ?? null, seq);
    },
    moveToDeadLetters({ seq, receiveCount, firstReceivedAt }, queueId, deadLetterSource) {
      moveToDeadLetters.run(
        queueId,
        deadLetterSource,
        receiveCount,
        receiveCount,
        firstReceivedAt ?? null,
        seq,
      );
    },
    redrive(seq, { queueId, messageId, now }) {
      redrive.run(queueId, messageId, now, now, seq);
    },
    removeSentUntil: (queueId, sentAt) =>
      removeSentUntil.all(queueId, sentAt).map((row) => integerOf(row, 'seq')),
    oldestSentAt: (queueId) => integerIfAny(oldest.get(queueId) ?? { sent_at: null }, 'sent_at'),
    latestAt: () => integerIfAny(latest.get() ?? { latest_at: null }, 'latest_at'),
    growYounger(ms) {
      growYounger.run(ms);
    },
    *all() {
      for (const row of all.iterate())
        yield {
          seq: integerOf(row, 'seq'),
          queueId: integerOf(row, 'queue_id'),
          groupId: textIfAny(row, 'group_id'),
          sentAt: integerOf(row, 'sent_at'),
          visibleAt: integerOf(row, 'visible_at'),
          receiveCount: integerOf(row, 'receive_count'),
          receivesElsewhere: integerOf(row, 'receives_elsewhere'),
          firstReceivedAt: integerIfAny(row, 'first_received_at'),
        };
    },
  };
}
