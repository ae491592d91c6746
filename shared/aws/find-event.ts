import * as z from 'zod';
import { eventSchema } from '../event.ts';
import type { CatalogEvent } from '../event.ts';
import { timeOfEventId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { eventKeyOf } from './ledger-keys.ts';
import { claimKeyOf, claimSortKey } from './publish-claims.ts';
import { readItems } from './read-items.ts';

/** Finds an event by its id; undefined when there is none, or no longer. */
export type FindEvent = (tenant: string, id: string) => Promise<CatalogEvent | undefined>;

const claimSchema = z.object({ timestamp: z.string() });

/** Makes a `FindEvent`. */
export function createFindEvent(dynamo: DynamoDBDocumentClient, table: string): FindEvent {
  const findRow = createFindEventRow(dynamo, table);
  return async (tenant, id) => {
    const row = await findRow(tenant, id);
    return row === undefined ? undefined : eventSchema.parse(row);
  };
}

/**
 * Finds an event's whole row. An event lies under its time: an id of ours tells it, and of a client's id the claim
 * does, which was made when it was published. The client's may look like one of ours.
 */
export function createFindEventRow(dynamo: DynamoDBDocumentClient, table: string) {
  const readRow = async (key: { readonly pk: string; readonly sk: string }) => {
    const item = { table, key };
    return (await readItems(dynamo, [item]))(item);
  };

  return async (tenant: string, id: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const claim = await readRow({ pk: claimKeyOf(tenant, id), sk: claimSortKey });
    if (claim !== undefined) {
      const { timestamp } = claimSchema.parse(claim);
      return readRow(eventKeyOf({ tenant, id, timestamp }));
    }
    const timeMs = timeOfEventId(id);
    return timeMs === undefined
      ? undefined
      : readRow(eventKeyOf({ tenant, id, timestamp: new Date(timeMs).toISOString() }));
  };
}
