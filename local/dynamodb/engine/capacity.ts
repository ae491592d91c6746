import { choiceIn, type Members } from '../request/members.ts';

export type CapacityMode = 'NONE' | 'TOTAL' | 'INDEXES';

export const capacityModeIn = (input: Members): CapacityMode =>
  choiceIn(input, 'ReturnConsumedCapacity', ['INDEXES', 'TOTAL', 'NONE']) ?? 'NONE';

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
const readUnitBytes = 4096;
const writeUnitBytes = 1024;

/** A read of nothing costs as much as that of a small item. */
export function readUnits(bytes: number, kind: 'eventual' | 'consistent' | 'transactional'): number {
  const units = Math.max(1, Math.ceil(bytes / readUnitBytes));
  if (kind === 'eventual') return units / 2;
  return kind === 'consistent' ? units : units * 2;
}

/** By the larger of what was there and what is there now; transactions cost double. */
export const writeUnits = (bytes: number, isTransactional = false): number =>
  Math.max(1, Math.ceil(bytes / writeUnitBytes)) * (isTransactional ? 2 : 1);

/** `ConsumedCapacity` for the units of a table, or of one of its indexes; undefined when nobody asked. */
export function tellCapacity(
  mode: CapacityMode,
  TableName: string,
  units: number,
  indexName?: string,
): Record<string, unknown> | undefined {
  if (mode === 'NONE') return undefined;
  const total = { TableName, CapacityUnits: units };
  if (mode === 'TOTAL') return total;
  if (indexName === undefined) return { ...total, Table: { CapacityUnits: units } };
  return {
    ...total,
    Table: { CapacityUnits: 0 },
    GlobalSecondaryIndexes: { [indexName]: { CapacityUnits: units } },
  };
}
