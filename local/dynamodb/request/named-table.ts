import { resourceNotFound } from '../dynamo-errors.ts';
import type { Table, Tables } from '../engine/tables.ts';
import type { Members } from './members.ts';
import { tableNameIn } from './table-name.ts';

/** The table that an operation on tables names. Throws ResourceNotFoundException with the name in it. */
export function namedTable(tables: Tables, input: Members): Table {
  const name = tableNameIn(input);
  const table = tables.find(name);
  if (table === undefined) throw resourceNotFound(`Requested resource not found: Table: ${name} not found`);
  return table;
}
