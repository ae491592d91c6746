import { deliverySchema } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import { eventSchema } from '../event.ts';
import type { CatalogEvent } from '../event.ts';
import type { EndpointId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { deliveryKeyOf, eventKeyOf } from './ledger-keys.ts';
import { readItems } from './read-items.ts';

/** Which event at which endpoint. */
export interface DeliveryKey {
  readonly event: Pick<CatalogEvent, 'tenant' | 'id' | 'timestamp'>;
  readonly endpointId: EndpointId;
}

/** What the ledger knows of a delivery; undefined is what it does not keep. */
export interface KnownDelivery {
  readonly delivery: Delivery | undefined;
  readonly event: CatalogEvent | undefined;
}

/** Reads deliveries with their events, in the order of the keys. */
export type ReadDeliveries = (keys: readonly DeliveryKey[]) => Promise<readonly KnownDelivery[]>;

export const createReadDeliveries =
  (dynamo: DynamoDBDocumentClient, table: string): ReadDeliveries =>
  async (keys) => {
    const items = keys.map(({ event, endpointId }) => ({
      delivery: { table, key: deliveryKeyOf(event, endpointId) },
      event: { table, key: eventKeyOf(event) },
    }));
    const find = await readItems(
      dynamo,
      items.flatMap(({ delivery, event }) => [delivery, event]),
    );
    return items.map((item) => {
      const [delivery, event] = [find(item.delivery), find(item.event)];
      return {
        delivery: delivery === undefined ? undefined : deliverySchema.parse(delivery),
        event: event === undefined ? undefined : eventSchema.parse(event),
      };
    });
  };
