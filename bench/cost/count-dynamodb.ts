import * as z from 'zod';
import { chargeRequest, chargeUnits } from './charge.ts';
import type { Charge } from './charge.ts';
import { itemBytes, itemSchema } from './item-size.ts';
import type { Item } from './item-size.ts';
import type { PriceTable } from './price-table.ts';

/** A table's secondary indexes, each with the names of its keys: an item without them is not in it. */
export type TableIndexes = ReadonlyMap<
  string,
  readonly { readonly name: string; readonly keys: readonly string[] }[]
>;

// Each item weighs this much more in storage, in a table and in each of its indexes.
const storedOverheadBytes = 100;
const gigabyte = 2 ** 30;

const putSchema = z.object({ TableName: z.string(), Item: itemSchema });
const tableSchema = z.object({ TableName: z.string() });
const batchSchema = z.object({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.union([
        z.object({ PutRequest: z.object({ Item: itemSchema }) }),
        z.object({ DeleteRequest: z.object({ Key: itemSchema }) }),
      ]),
    ),
  ),
});
const capacitySchema = z.object({ TableName: z.string(), CapacityUnits: z.number() });
const answerSchema = z.object({
  ConsumedCapacity: z.union([capacitySchema.transform((one) => [one]), z.array(capacitySchema)]),
});
const failureSchema = z.object({ __type: z.string() });

/** What a row is, by the attributes that its schema gives it. */
function describeRow(item: Item): string {
  if ('endpoint_id' in item) return 'delivery rows';
  return 'event_name' in item ? 'event rows' : 'rows';
}

/** `LedgerTable` and `tablesledger8F2C1A0B` are both the ledger. */
export function tableLabel(name: string): string {
  return name
    .replace(/[0-9A-F]{8}$/, '')
    .replace(/^tables/, '')
    .replace(/Table$/, '')
    .toLowerCase();
}

/** Counts the units of DynamoDB calls: those of a put by its size, all others as the engine tells them. */
export function createCountDynamoDb(
  prices: PriceTable,
  indexes: TableIndexes,
): (call: { operation: string; status: number; input: unknown; output: unknown }) => Charge[] {
  const write = (table: string, item: Item): Charge[] => {
    const bytes = itemBytes(item);
    const row = `${tableLabel(table)}: ${describeRow(item)}`;
    const covered = (indexes.get(table) ?? []).filter(({ keys }) => keys.every((key) => key in item));
    const places = [row, ...covered.map(({ name }) => `${row} in index ${name}`)];
    const isKept = !('expires_at' in item) || 'event_name' in item;
    return places.flatMap((purpose) => [
      chargeRequest(prices, 'dynamodb-write', { purpose }, bytes),
      ...(isKept
        ? [chargeUnits('dynamodb-gb-month', { purpose }, (bytes + storedOverheadBytes) / gigabyte)]
        : []),
    ]);
  };

  /** An index takes part in what the engine counts for the table alone. */
  const writeUnits = (table: string, operation: string, units: number): Charge[] =>
    [
      `${tableLabel(table)}: ${operation}`,
      ...(indexes.get(table) ?? []).map(({ name }) => `${tableLabel(table)}: ${operation} in index ${name}`),
    ].map((purpose) => chargeUnits('dynamodb-write', { purpose }, units));

  return ({ operation, status, input, output }) => {
    if (status !== 200) {
      // A condition that does not hold costs a write all the same.
      const failure = failureSchema.safeParse(output);
      const isCondition = failure.success && failure.data.__type.endsWith('ConditionalCheckFailedException');
      const purpose = `${tableLabel(tableSchema.safeParse(input).data?.TableName ?? '')}: refused ${operation}`;
      return isCondition ? [chargeUnits('dynamodb-write', { purpose }, 1)] : [];
    }
    switch (operation) {
      case 'PutItem': {
        const { TableName, Item } = putSchema.parse(input);
        return write(TableName, Item);
      }
      case 'BatchWriteItem': {
        const { RequestItems } = batchSchema.parse(input);
        return Object.entries(RequestItems).flatMap(([table, requests]) =>
          requests.flatMap((request) =>
            'PutRequest' in request ? write(table, request.PutRequest.Item) : writeUnits(table, 'deletes', 1),
          ),
        );
      }
      case 'UpdateItem':
      case 'DeleteItem':
        return answerSchema
          .parse(output)
          .ConsumedCapacity.flatMap(({ TableName, CapacityUnits }) =>
            writeUnits(TableName, operation, CapacityUnits),
          );
      case 'GetItem':
      case 'BatchGetItem':
      case 'Query':
      case 'Scan':
        return answerSchema
          .parse(output)
          .ConsumedCapacity.map(({ TableName, CapacityUnits }) =>
            chargeUnits(
              'dynamodb-read',
              { purpose: `${tableLabel(TableName)}: ${operation}` },
              CapacityUnits,
            ),
          );
      // Describing and tagging are free.
      default:
        return [];
    }
  };
}
