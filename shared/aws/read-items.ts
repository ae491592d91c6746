import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { batchGetItemsMax } from '../limits.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { retryRest } from './retry-rest.ts';
import type { Pause } from './retry-rest.ts';

/** An item to read. */
export interface ItemKey {
  readonly table: string;
  readonly key: { readonly pk: string; readonly sk: string };
}

const textOf = ({ table, key: { pk, sk } }: ItemKey): string => JSON.stringify([table, pk, sk]);

/**
 * Reads items of any tables, consistently, in as few calls as may be, and again what DynamoDB answers as unprocessed.
 * @returns a lookup that is undefined for items that do not exist
 * Throws when some could not be read at the end.
 */
export async function readItems(
  dynamo: DynamoDBDocumentClient,
  keys: readonly ItemKey[],
  pause?: Pause,
): Promise<(key: ItemKey) => Record<string, unknown> | undefined> {
  const found = new Map<string, Record<string, unknown>>();
  const distinct = [...new Map(keys.map((key) => [textOf(key), key])).values()];

  const readSome = async (some: readonly ItemKey[]): Promise<readonly ItemKey[]> => {
    const byTable = Map.groupBy(some, ({ table }) => table);
    const { Responses = {}, UnprocessedKeys = {} } = await dynamo.send(
      new BatchGetCommand({
        RequestItems: Object.fromEntries(
          Array.from(byTable, ([table, its]) => [
            table,
            { Keys: its.map(({ key }) => ({ ...key })), ConsistentRead: true },
          ]),
        ),
      }),
    );
    for (const [table, items] of Object.entries(Responses)) {
      for (const item of items) {
        const key = { pk: String(item['pk']), sk: String(item['sk']) };
        found.set(textOf({ table, key }), item);
      }
    }
    return Object.entries(UnprocessedKeys).flatMap(([table, { Keys = [] }]) =>
      Keys.map(({ pk, sk }) => ({ table, key: { pk: String(pk), sk: String(sk) } })),
    );
  };

  const batches: ItemKey[][] = [];
  for (let start = 0; start < distinct.length; start += batchGetItemsMax) {
    batches.push(distinct.slice(start, start + batchGetItemsMax));
  }
  const rests = await Promise.all(batches.map((batch) => retryRest(batch, readSome, pause)));
  const left = rests.flat().length;
  if (left > 0) throw new Error(`DynamoDB left ${left} of ${distinct.length} reads unprocessed`);
  return (key) => found.get(textOf(key));
}
