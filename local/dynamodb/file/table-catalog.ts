import type { DatabaseSync } from 'node:sqlite';
import { type TableDefinition, tableDefinition } from '../engine/table-schema.ts';

export interface CatalogEntry {
  readonly id: number;
  readonly definition: TableDefinition;
}

/** The tables that the file holds. */
export interface TableCatalog {
  all(): CatalogEntry[];
  /** Answers the new table's id. */
  insert(definition: TableDefinition): number;
  update(id: number, definition: TableDefinition): void;
  remove(id: number): void;
}

export function createTableCatalog(db: DatabaseSync): TableCatalog {
  const all = db.prepare('SELECT id, definition FROM catalog ORDER BY name');
  const insert = db.prepare('INSERT INTO catalog (name, definition) VALUES (?, ?)');
  const update = db.prepare('UPDATE catalog SET definition = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM catalog WHERE id = ?');
  return {
    all: () =>
      all.all().map(({ id, definition }) => ({
        id: Number(id),
        definition: tableDefinition.parse(JSON.parse(String(definition))),
      })),
    insert: (definition) =>
      Number(insert.run(definition.TableName, JSON.stringify(definition)).lastInsertRowid),
    update(id, definition) {
      update.run(JSON.stringify(definition), id);
    },
    remove(id) {
      remove.run(id);
    },
  };
}
