import type { DatabaseSync } from 'node:sqlite';
import { resourceNotFound } from '../dynamo-errors.ts';
import { explainingFile, openSqliteFile } from '../../sqlite/open-sqlite-file.ts';
import { tableFormat } from '../file/table-format.ts';
import { createTableCatalog } from '../file/table-catalog.ts';
import {
  addColumnsSql,
  createIndexSql,
  createRowsSql,
  createTableRows,
  dropIndexSql,
  type TableRows,
} from '../file/table-rows.ts';
import { parseItem } from '../values/attribute-value.ts';
import { laterColumns } from './row-columns.ts';
import { schemaOf, type TableDefinition, type TableSchema } from './table-schema.ts';

export interface Table {
  readonly id: number;
  readonly definition: TableDefinition;
  readonly schema: TableSchema;
  readonly rows: TableRows;
}

/** The tables of one file. */
export interface Tables {
  /** Sorted. */
  names(): string[];
  find(name: string): Table | undefined;
  create(definition: TableDefinition): Table;
  /** Gives the table other indexes or another time to live; what it holds is brought into them. */
  change(table: Table, definition: TableDefinition): Table;
  drop(table: Table): void;
  /** Runs `run` in one transaction: all of it is written, or nothing. */
  transaction<T>(run: () => T): T;
  close(): void;
}

/** The table of this name. Throws ResourceNotFoundException. */
export function findTable(tables: Tables, name: string): Table {
  const table = tables.find(name);
  if (table === undefined) throw resourceNotFound();
  return table;
}

function createTransaction(db: DatabaseSync): Tables['transaction'] {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  return (run) => {
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
  };
}

const nameOf = (id: number): string => `items_${id}`;

/** Writes the columns of indexes and expiry anew, of every row. */
function fillColumns(db: DatabaseSync, id: number, schema: TableSchema): void {
  const names = ['expires', ...schema.indexes.flatMap(({ columns }) => [`h${columns}`, `r${columns}`])];
  let latest: { readonly text: string; readonly values: ReturnType<typeof allColumns> } | undefined;
  const allColumns = (text: string) => {
    const { expires, indexKeys } = laterColumns(schema, parseItem(text));
    return [expires, ...indexKeys];
  };
  db.function('column_of', (text, at) => {
    if (latest?.text !== String(text)) latest = { text: String(text), values: allColumns(String(text)) };
    return latest.values[Number(at)] ?? null;
  });
  db.exec(
    `UPDATE ${nameOf(id)} SET ${names.map((name, at) => `${name} = column_of(item, ${at})`).join(', ')}`,
  );
}

function changeRows(db: DatabaseSync, before: Table, definition: TableDefinition): void {
  const table = nameOf(before.id);
  const kept = new Set(definition.indexes.map(({ columns }) => columns));
  const known = new Set(before.definition.indexes.map(({ columns }) => columns));
  const added = definition.indexes.filter(({ columns }) => !known.has(columns));
  for (const { columns } of before.definition.indexes) {
    if (!kept.has(columns)) db.exec(dropIndexSql(table, columns));
  }
  for (const { columns } of added) db.exec(addColumnsSql(table, columns));
  if (added.length > 0 || definition.expiresAttribute !== before.definition.expiresAttribute) {
    fillColumns(db, before.id, schemaOf(definition));
  }
  for (const { columns } of added) db.exec(createIndexSql(table, columns));
}

/** Opens or creates the tables of a file; `:memory:` keeps them in memory. Throws StartError. */
export function openTableFile(file: string): Tables {
  const db = openSqliteFile(file, tableFormat);
  const open = (id: number, definition: TableDefinition): Table => {
    const schema = schemaOf(definition);
    return { id, definition, schema, rows: createTableRows(db, nameOf(id), schema) };
  };
  try {
    return explainingFile(file, () => {
      const catalog = createTableCatalog(db);
      const transaction = createTransaction(db);
      const tables = new Map(
        catalog.all().map(({ id, definition }) => [definition.TableName, open(id, definition)]),
      );
      const keep = (table: Table): Table => {
        tables.set(table.schema.name, table);
        return table;
      };
      return {
        names: () => [...tables.keys()].sort(),
        find: (name) => tables.get(name),
        create: (definition) =>
          keep(
            transaction(() => {
              const id = catalog.insert(definition);
              db.exec(createRowsSql(nameOf(id), schemaOf(definition)));
              return open(id, definition);
            }),
          ),
        change: (table, definition) =>
          keep(
            transaction(() => {
              changeRows(db, table, definition);
              catalog.update(table.id, definition);
              return open(table.id, definition);
            }),
          ),
        drop(table) {
          transaction(() => {
            catalog.remove(table.id);
            db.exec(`DROP TABLE ${nameOf(table.id)}`);
          });
          tables.delete(table.schema.name);
        },
        transaction,
        close: () => db.close(),
      };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}
