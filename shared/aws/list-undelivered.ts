import { deliverySchema } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import { groupUndelivered } from '../undelivered.ts';
import type { UndeliveredGroup } from '../undelivered.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { deliveryKeyOf, loggedAt } from './ledger-keys.ts';
import { rangeOf, undeliveredStrands } from './list-deliveries.ts';
import type { PageOfLog, TimeRange } from './list-deliveries.ts';
import { readItems } from './read-items.ts';
import { readNewest } from './read-newest.ts';
import type { ReadBounds } from './read-newest.ts';

/** What has not arrived at one endpoint, and the whole row of that to which something happened last. */
export interface UndeliveredAtEndpoint extends UndeliveredGroup {
  readonly lastDelivery: Delivery | undefined;
}

/**
 * Lists what has not arrived, by endpoint, `limit` endpoints at most. It reads a bounded number of rows, newest event
 * first: with a `nextKey` the counts are those down to that key, and endpoints may come again on the next page.
 * Throws `ApiError` 400 for a foreign key.
 */
export type ListUndelivered = (
  tenant: string,
  range: TimeRange,
  page: PageOfLog,
) => Promise<{ readonly endpoints: readonly UndeliveredAtEndpoint[]; readonly nextKey: string | undefined }>;

/** Some 20 000 rows of 1 KB, for which DynamoDB takes a second. */
export const undeliveredBounds: ReadBounds = { rowsPerPage: 1_000, pages: 5 };

const rowSchema = deliverySchema.pick({
  tenant: true,
  event_id: true,
  event_timestamp: true,
  endpoint_id: true,
  endpoint_name: true,
  state: true,
  retrying_until: true,
  updated_at: true,
});

/** @param now epoch milliseconds */
export function createListUndelivered(
  dynamo: DynamoDBDocumentClient,
  table: string,
  now: () => number,
  bounds: ReadBounds = undeliveredBounds,
): ListUndelivered {
  return async (tenant, range, { limit, beforeKey }) => {
    const { found, readTo } = await readNewest(
      dynamo,
      table,
      {
        ...rangeOf(range, beforeKey, now()),
        strands: undeliveredStrands(tenant),
        // A test carries no event that anybody waits for.
        filter: { expression: 'attribute_not_exists(#test)', names: { '#test': 'test' }, values: {} },
        attributes: Object.keys(rowSchema.shape),
        isSparse: true,
        read: (item) => rowSchema.parse(item),
      },
      { wanted: Infinity, bounds },
    );
    const rows = found.map(({ row }) => row);
    const { groups, taken } = groupUndelivered(rows, limit);
    const lastTaken = rows[taken - 1];
    const keys = groups.map(({ endpointId, last }) => ({
      table,
      key: deliveryKeyOf({ tenant, id: last.event_id, timestamp: last.event_timestamp }, endpointId),
    }));
    // Attempts are read of one row each: they are most of what a row weighs.
    const rowOf = await readItems(dynamo, keys);
    return {
      endpoints: groups.map((group, index) => {
        const key = keys[index];
        const row = key === undefined ? undefined : rowOf(key);
        return { ...group, lastDelivery: row === undefined ? undefined : deliverySchema.parse(row) };
      }),
      nextKey: taken < rows.length && lastTaken !== undefined ? loggedAt(lastTaken) : readTo,
    };
  };
}
