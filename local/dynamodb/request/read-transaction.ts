import { invalid } from '../dynamo-errors.ts';
import { rowId } from '../engine/key-column.ts';
import type { PendingWrite } from '../engine/pending-write.ts';
import type { Tables } from '../engine/tables.ts';
import { isMembers, type Members, membersOf } from './members.ts';
import { readConditionCheck, readDelete, readPut, readUpdate } from './read-write.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const itemsMax = 100;

export function checkTransactionLength(items: readonly unknown[]): void {
  if (items.length === 0) {
    throw invalid(
      "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  if (items.length > itemsMax) {
    throw invalid(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${itemsMax}`,
    );
  }
}

const readers = {
  ConditionCheck: readConditionCheck,
  Put: readPut,
  Update: readUpdate,
  Delete: readDelete,
};

function readAction(tables: Tables, members: Members): PendingWrite {
  const given = Object.entries(readers).flatMap(([name, read]) => {
    const action = members[name];
    return isMembers(action) ? [{ action, read }] : [];
  });
  const [only, ...others] = given;
  if (only === undefined || others.length > 0) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  return only.read(tables, only.action);
}

/** The writes of a transaction, none of them done. Throws ValidationException, naming no reasons. */
export function readTransaction(tables: Tables, items: readonly unknown[]): PendingWrite[] {
  checkTransactionLength(items);
  const writes = items.map((item) => readAction(tables, membersOf(item)));
  if (new Set(writes.map(({ table, key }) => rowId(table.id, key))).size < writes.length) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
  return writes;
}
