import { conditionFailed } from '../dynamo-errors.ts';
import type { RowColumns } from '../file/table-rows.ts';
import type { Test } from '../request/read-expressions.ts';
import { type Item, parseItem } from '../values/attribute-value.ts';
import { itemBytes } from '../values/item-bytes.ts';
import { type CapacityMode, tellCapacity, writeUnits } from './capacity.ts';
import type { RowKey } from './key-column.ts';
import type { Table } from './tables.ts';

/** What a write does to its row. */
export type Change =
  | { readonly kind: 'put'; readonly columns: RowColumns; readonly item: Item; readonly text: string }
  | { readonly kind: 'delete' }
  | { readonly kind: 'none' };

export interface StoredItem {
  readonly item: Item;
  readonly text: string;
}

/** A write that was read from a request and may still be refused by what is stored. */
export interface PendingWrite {
  readonly table: Table;
  readonly key: RowKey;
  readonly condition: Test | undefined;
  /** Is the stored item told when the condition fails? */
  readonly tellsItem: boolean;
  /** Works the change out from what is stored. Throws ValidationException. */
  changeOf(stored: StoredItem | undefined): Change;
}

/** A write that may go ahead. */
export interface SettledWrite {
  readonly before: Item | undefined;
  readonly change: Change;
}

/** Reads the row and checks the condition. Throws ConditionalCheckFailedException or ValidationException. */
export function settleWrite({ table, key, condition, tellsItem, changeOf }: PendingWrite): SettledWrite {
  const text = table.rows.read(key);
  const stored = text === undefined ? undefined : { item: parseItem(text), text };
  const before = stored?.item;
  if (condition !== undefined && !condition(before ?? {})) {
    throw conditionFailed(tellsItem ? before : undefined);
  }
  return { before, change: changeOf(stored) };
}

export function applyChange({ table, key }: PendingWrite, change: Change): void {
  if (change.kind === 'put') table.rows.write(change.columns, change.text);
  if (change.kind === 'delete') table.rows.remove(key);
}

/** Settles and applies one write: the statement of the change is its own transaction. */
export function runWrite(write: PendingWrite): SettledWrite {
  const settled = settleWrite(write);
  applyChange(write, settled.change);
  return settled;
}

/** The size by which the write is metered: the larger of before and after. */
export function writtenBytes({ before, change }: SettledWrite): number {
  const after = change.kind === 'put' ? itemBytes(change.item) : 0;
  return Math.max(after, before === undefined ? 0 : itemBytes(before));
}

/** `ConsumedCapacity` of one write; undefined when nobody asked. */
export const tellWritten = (
  mode: CapacityMode,
  { table }: PendingWrite,
  settled: SettledWrite,
): Record<string, unknown> | undefined =>
  mode === 'NONE' ? undefined : tellCapacity(mode, table.schema.name, writeUnits(writtenBytes(settled)));
