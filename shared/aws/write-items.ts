import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { batchWriteItemsMax } from '../limits.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { retryRest } from './retry-rest.ts';
import type { Pause } from './retry-rest.ts';

type Item = Record<string, unknown>;
export type WriteRequest =
  | { readonly PutRequest: { readonly Item: Item } }
  | { readonly DeleteRequest: { readonly Key: Item } };

/** BatchWriteItem refuses a call that names a key twice: the later request for a key stands for both. */
function lastOfEachKey(requests: readonly WriteRequest[]): WriteRequest[] {
  const byKey = new Map<string, WriteRequest>();
  for (const request of requests) {
    const { pk, sk } = 'PutRequest' in request ? request.PutRequest.Item : request.DeleteRequest.Key;
    byKey.set(JSON.stringify([pk, sk]), request);
  }
  return [...byKey.values()];
}

/**
 * Puts and deletes items in as few calls as may be, and again what DynamoDB answers as unprocessed.
 * Throws when some are still unprocessed at the end, so that the caller's queue message comes back.
 */
export async function writeItems(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  requests: readonly WriteRequest[],
  pause?: Pause,
): Promise<void> {
  const distinct = lastOfEachKey(requests);
  const batches: WriteRequest[][] = [];
  for (let start = 0; start < distinct.length; start += batchWriteItemsMax) {
    batches.push(distinct.slice(start, start + batchWriteItemsMax));
  }
  const rests = await Promise.all(
    batches.map((batch) =>
      retryRest(
        batch,
        async (entries) => {
          const answer = await dynamo.send(
            new BatchWriteCommand({ RequestItems: { [tableName]: [...entries] as never } }),
          );
          return (answer.UnprocessedItems?.[tableName] ?? []) as WriteRequest[];
        },
        pause,
      ),
    ),
  );
  const left = rests.flat().length;
  if (left > 0)
    throw new Error(`DynamoDB left ${left} of ${distinct.length} writes to ${tableName} unprocessed`);
}
