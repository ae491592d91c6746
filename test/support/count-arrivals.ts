import * as z from 'zod';
import type { ReceivedRequest } from './receiver.ts';

const bodySchema = z.object({ data: z.object({ item_id: z.int() }) });

/** What a receiver got of events that are told apart by their `item_id`. */
export interface Arrivals {
  readonly items: ReadonlySet<number>;
  /** Items that came under more than one `webhook-id`: a receiver could not know them for the same. */
  readonly ambiguous: readonly number[];
  /** Requests beyond the first of each item. */
  readonly repeats: number;
}

export function countArrivals(requests: readonly ReceivedRequest[]): Arrivals {
  const byItem = Map.groupBy(requests, ({ body }) => bodySchema.parse(JSON.parse(body)).data.item_id);
  const idsOf = (same: readonly ReceivedRequest[]) =>
    new Set(same.map(({ headers }) => headers['webhook-id']));
  return {
    items: new Set(byItem.keys()),
    ambiguous: Array.from(byItem).flatMap(([item, same]) => (idsOf(same).size === 1 ? [] : item)),
    repeats: requests.length - byItem.size,
  };
}
