import type { DynamoContext, DynamoOperation } from '../dynamo-context.ts';
import { invalid } from '../dynamo-errors.ts';
import { capacityModeIn, tellCapacity, writeUnits } from '../engine/capacity.ts';
import { rowId } from '../engine/key-column.ts';
import { applyChange, type PendingWrite, runWrite, writtenBytes } from '../engine/pending-write.ts';
import { hasKeys, keyColumns, keyMismatch } from '../engine/row-columns.ts';
import { findTable, type Table } from '../engine/tables.ts';
import { listIn, mapIn, type Members, membersOf, required } from '../request/members.ts';
import { itemIn } from '../request/read-items.ts';
import { putChange } from '../request/read-write.ts';
import { checkName } from '../request/table-name.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const requestsMax = 25;

function readRequest(table: Table, request: Members): PendingWrite {
  const [put, remove] = [mapIn(request, 'PutRequest'), mapIn(request, 'DeleteRequest')];
  const unconditional = { table, condition: undefined, tellsItem: false };
  if (put !== undefined && remove === undefined) {
    const item = itemIn(put, 'Item');
    // In a batch, that is all DynamoDB says of an item without its key.
    if (!hasKeys(table.schema, item)) throw keyMismatch();
    const change = putChange(table, item);
    return { ...unconditional, key: change.columns.key, changeOf: () => change };
  }
  if (remove !== undefined && put === undefined) {
    const key = keyColumns(table.schema.key, itemIn(remove, 'Key'));
    return { ...unconditional, key, changeOf: () => ({ kind: 'delete' }) };
  }
  throw invalid(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  );
}

function refuseDuplicates(writes: readonly PendingWrite[]): void {
  const keys = new Set(writes.map(({ table, key }) => rowId(table.id, key)));
  if (keys.size < writes.length) throw invalid('Provided list of item keys contains duplicates');
}

export const batchWriteItem =
  ({ tables }: DynamoContext): DynamoOperation =>
  (input) => {
    const capacity = capacityModeIn(input);
    const requests = required('RequestItems', mapIn(input, 'RequestItems'));
    const lists = Object.keys(requests).map((name) => ({
      name: checkName('RequestItems', name),
      list: listIn(requests, name) ?? [],
    }));
    const count = lists.reduce((total, { list }) => total + list.length, 0);
    if (lists.length === 0 || lists.some(({ list }) => list.length === 0)) {
      throw invalid(
        "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
      );
    }
    if (count > requestsMax) {
      throw invalid('Too many items requested for the BatchWriteItem call');
    }
    const writes = lists.flatMap(({ name, list }) => {
      const table = findTable(tables, name);
      return list.map((request) => readRequest(table, membersOf(request)));
    });
    if (writes.length > 1) refuseDuplicates(writes);
    const units = new Map<string, number>();
    tables.transaction(() => {
      for (const write of writes) {
        if (capacity === 'NONE') {
          applyChange(write, write.changeOf(undefined));
          continue;
        }
        const { name } = write.table.schema;
        units.set(name, (units.get(name) ?? 0) + writeUnits(writtenBytes(runWrite(write))));
      }
    });
    return {
      UnprocessedItems: {},
      ConsumedCapacity:
        capacity === 'NONE'
          ? undefined
          : Array.from(units, ([name, consumed]) => tellCapacity(capacity, name, consumed)),
    };
  };
