import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { invalid } from '../dynamo-errors.ts';
import { capacityModeIn, readUnits, tellCapacity } from '../engine/capacity.ts';
import { rowId } from '../engine/key-column.ts';
import { keyColumns } from '../engine/row-columns.ts';
import { findTable } from '../engine/tables.ts';
import { JsonText, jsonList, jsonObject } from '../request/json-text.ts';
import { listIn, mapIn, membersOf, required } from '../request/members.ts';
import { readProjection } from '../request/read-expressions.ts';
import { itemIn } from '../request/read-items.ts';
import { checkTransactionLength } from '../request/read-transaction.ts';
import { tableNameIn } from '../request/table-name.ts';
import { parseItem } from '../values/attribute-value.ts';
import { itemBytes } from '../values/item-bytes.ts';

export const transactGetItems =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const capacity = capacityModeIn(input);
    const list = required('TransactItems', listIn(input, 'TransactItems'));
    checkTransactionLength(list);
    const gets = list.map((each) => {
      const get = required('Get', mapIn(membersOf(each), 'Get'));
      const name = tableNameIn(get);
      const given = itemIn(get, 'Key');
      const project = readProjection(get);
      const table = findTable(tables, name);
      return { table, key: keyColumns(table.schema.key, given), project };
    });
    if (new Set(gets.map(({ table, key }) => rowId(table.id, key))).size < gets.length) {
      throw invalid('Transaction request cannot include multiple operations on one item');
    }
    const units = new Map<string, number>();
    const answers = gets.map(({ table, key, project }) => {
      const stored = table.rows.read(key);
      const item = stored === undefined ? undefined : parseItem(stored);
      const { name } = table.schema;
      const bytes = item === undefined ? 0 : itemBytes(item);
      units.set(name, (units.get(name) ?? 0) + readUnits(bytes, 'transactional'));
      if (stored === undefined || item === undefined) return '{}';
      const text = project === undefined ? stored : JSON.stringify(project(item));
      return jsonObject({ Item: new JsonText(text) }).text;
    });
    return {
      Responses: jsonList(answers),
      ConsumedCapacity:
        capacity === 'NONE'
          ? undefined
          : Array.from(units, ([name, consumed]) => tellCapacity(capacity, name, consumed)),
    };
  };
