import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { KeyColumn, RowKey } from '../engine/key-column.ts';
import type { TableSchema } from '../engine/table-schema.ts';

/** The columns of an item beside its JSON. */
export interface RowColumns {
  readonly key: RowKey;
  /** Epoch seconds of the time to live. */
  readonly expires: number | null;
  /** Of each index, in the schema's order: its hash and range; both null for an item that is not in it. */
  readonly indexKeys: readonly (KeyColumn | null)[];
}

export interface Bound {
  readonly value: KeyColumn;
  readonly isInclusive: boolean;
}

/** Which rows to read, in the order of the table's or an index's keys. */
export interface Selection {
  /** The index's columns; undefined: the table. */
  readonly columns: number | undefined;
  /** Undefined: the rows of all hash keys. */
  readonly hash: KeyColumn | undefined;
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
  /** The key columns of the row to go on from: hash and range of the index, if any, then those of the table. */
  readonly after: readonly KeyColumn[] | undefined;
  readonly isReversed: boolean;
}

/** The items of one table. Each write is one statement, and so all of it or nothing. */
export interface TableRows {
  read(key: RowKey): string | undefined;
  /** Inserts or replaces. */
  write(columns: RowColumns, item: string): void;
  /** Was there such a row? */
  remove(key: RowKey): boolean;
  /** The items' JSON. The table must not be changed before the last was taken. */
  select(selection: Selection): Iterable<string>;
  /** Up to `countMax` items whose time lies between, the oldest first. Epoch seconds. */
  expired(between: { readonly from: number; readonly to: number }, countMax: number): string[];
}

const columnsOf = (number: number): [string, string] => [`h${number}`, `r${number}`];

/** The statements that make the SQLite table of a new table, with columns for its indexes. */
export const createRowsSql = (table: string, { indexes }: TableSchema): string => `
  CREATE TABLE ${table} (
    pk ANY NOT NULL,
    sk ANY NOT NULL,
    expires REAL,
    ${indexes.map(({ columns }) => `${columnsOf(columns).join(' ANY, ')} ANY,`).join(' ')}
    item TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX ${table}_keys ON ${table} (pk, sk);
  CREATE INDEX ${table}_expires ON ${table} (expires) WHERE expires IS NOT NULL;
  ${indexes.map(({ columns }) => createIndexSql(table, columns)).join('\n')}
`;

/** With the table's keys: they order equal index keys, and a page may go on from a row that was deleted since. */
export function createIndexSql(table: string, columns: number): string {
  const [hash, range] = columnsOf(columns);
  return `CREATE INDEX ${table}_index_${columns} ON ${table} (${hash}, ${range}, pk, sk) WHERE ${hash} IS NOT NULL;`;
}

export const addColumnsSql = (table: string, columns: number): string =>
  columnsOf(columns)
    .map((column) => `ALTER TABLE ${table} ADD COLUMN ${column} ANY;`)
    .join('\n');

export const dropIndexSql = (table: string, columns: number): string =>
  [
    `DROP INDEX ${table}_index_${columns};`,
    ...columnsOf(columns).map((column) => `ALTER TABLE ${table} DROP COLUMN ${column};`),
  ].join('\n');

function selectSql(table: string, selection: Selection): string {
  const { columns, hash, lower, upper, after, isReversed } = selection;
  const keys = columns === undefined ? ['pk', 'sk'] : [...columnsOf(columns), 'pk', 'sk'];
  const [hashColumn = '', rangeColumn = ''] = keys;
  const order = hash === undefined ? keys : keys.slice(1);
  const conditions = [
    ...(hash === undefined ? [] : [`${hashColumn} = ?`]),
    ...(columns === undefined ? [] : [`${hashColumn} IS NOT NULL`]),
    ...(lower === undefined ? [] : [`${rangeColumn} ${lower.isInclusive ? '>=' : '>'} ?`]),
    ...(upper === undefined ? [] : [`${rangeColumn} ${upper.isInclusive ? '<=' : '<'} ?`]),
    ...(after === undefined
      ? []
      : [`(${order.join(', ')}) ${isReversed ? '<' : '>'} (${order.map(() => '?').join(', ')})`]),
  ];
  const index = columns === undefined ? `${table}_keys` : `${table}_index_${columns}`;
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const direction = isReversed ? ' DESC' : '';
  return `SELECT item FROM ${table} INDEXED BY ${index} ${where}
    ORDER BY ${order.map((column) => `${column}${direction}`).join(', ')}`;
}

const selectParameters = ({ hash, lower, upper, after }: Selection): KeyColumn[] => [
  ...(hash === undefined ? [] : [hash]),
  ...(lower === undefined ? [] : [lower.value]),
  ...(upper === undefined ? [] : [upper.value]),
  ...(after === undefined ? [] : hash === undefined ? after : after.slice(1)),
];

function itemOf(row: unknown): string {
  const item: unknown = Array.isArray(row) ? row[0] : undefined;
  if (typeof item !== 'string') throw new Error('A row of the tables holds no item.');
  return item;
}

/** Prepares the statements on one table of the file. */
export function createTableRows(db: DatabaseSync, table: string, { indexes }: TableSchema): TableRows {
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const columns = ['pk', 'sk', 'expires', ...indexes.flatMap((index) => columnsOf(index.columns)), 'item'];
  // Not INSERT OR REPLACE: that rewrites the entries of all indexes, this only those that changed.
  const write = prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
       ON CONFLICT (pk, sk) DO UPDATE SET
         ${columns
           .slice(2)
           .map((column) => `${column} = excluded.${column}`)
           .join(', ')}`,
  );
  const read = prepare(`SELECT item FROM ${table} WHERE pk = ? AND sk = ?`);
  const remove = prepare(`DELETE FROM ${table} WHERE pk = ? AND sk = ?`);
  const expired = prepare(
    `SELECT item FROM ${table} WHERE expires > ? AND expires < ? ORDER BY expires LIMIT ?`,
  );
  const selects = new Map<string, StatementSync>();

  return {
    read({ pk, sk }) {
      const row = read.get(pk, sk);
      return row === undefined ? undefined : itemOf(row);
    },
    write({ key, expires, indexKeys }, item) {
      const values: SQLInputValue[] = [key.pk, key.sk, expires, ...indexKeys, item];
      write.run(...values);
    },
    remove: ({ pk, sk }) => remove.run(pk, sk).changes > 0,
    *select(selection) {
      const sql = selectSql(table, selection);
      const statement = selects.get(sql) ?? prepare(sql);
      selects.set(sql, statement);
      for (const row of statement.iterate(...selectParameters(selection))) yield itemOf(row);
    },
    expired: ({ from, to }, countMax) => expired.all(from, to, countMax).map(itemOf),
  };
}
