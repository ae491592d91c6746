import type { Delivery } from '../delivery.ts';
import type { CatalogEvent } from '../event.ts';
import type { EndpointId } from '../ids.ts';
import { ledgerRetentionDays } from '../limits.ts';

/** What an event is found by. */
export type EventPlace = Pick<CatalogEvent, 'tenant' | 'id' | 'timestamp'>;

/** A key takes 1 000 writes a second: a tenant's log is spread over this many. */
const shards = 4;

/** Lists a tenant's deliveries and runs by time. */
export const byTimeIndex = 'by-time';
/** The same of those that have not arrived, alone. */
export const undeliveredIndex = 'undelivered';

type LogKind = 'deliveries' | 'undelivered' | 'events';

function shardOf(text: string): number {
  let sum = 0;
  for (const character of text) sum += character.codePointAt(0) ?? 0;
  return sum % shards;
}

const nameLog = (tenant: string, kind: LogKind, shard: number): string => `${tenant}#${kind}#${shard}`;

/** The log of a tenant in which a row lies. */
export const logOf = (
  { tenant, event_id, endpoint_id }: Pick<Delivery, 'tenant' | 'event_id' | 'endpoint_id'>,
  kind: Exclude<LogKind, 'events'>,
): string => nameLog(tenant, kind, shardOf(event_id + endpoint_id));

/** All logs of a kind that a tenant has. */
export const logsOf = (tenant: string, kind: LogKind): readonly string[] =>
  Array.from({ length: shards }, (_, shard) => nameLog(tenant, kind, shard));

/** Where an event's row lies. */
export const eventKeyOf = ({ tenant, id, timestamp }: EventPlace) => ({
  pk: nameLog(tenant, 'events', shardOf(id)),
  sk: `${timestamp}#${id}`,
});

/** Where the row of a delivery or run lies. */
export const deliveryKeyOf = (event: EventPlace, endpointId: EndpointId) => ({
  pk: endpointLogOf(event.tenant, endpointId),
  sk: `${event.timestamp}#${event.id}`,
});

/** Where the rows of one endpoint lie. */
export const endpointLogOf = (tenant: string, endpointId: EndpointId): string => `${tenant}#${endpointId}`;

/** A row's place in the order of time: that of its event, and of one event's rows that of the endpoints' ids. */
export const loggedAt = (row: Pick<Delivery, 'event_timestamp' | 'event_id' | 'endpoint_id'>): string =>
  `${row.event_timestamp}#${row.event_id}#${row.endpoint_id}`;

const retentionSeconds = ledgerRetentionDays * 24 * 60 * 60;

/** When the rows of an event expire, in epoch seconds. */
export const expiryOf = (timestamp: string): number =>
  Math.floor(Date.parse(timestamp) / 1000) + retentionSeconds;

/** The oldest timestamp whose rows have not expired. */
export const oldestKept = (nowMs: number): string => new Date(nowMs - retentionSeconds * 1000).toISOString();
