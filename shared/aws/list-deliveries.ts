import type { EventName } from '../catalog.ts';
import { cursorIsForeign } from '../cursor.ts';
import type { Page } from '../cursor.ts';
import { deliverySchema, isUndelivered, parseDeliveryId } from '../delivery.ts';
import type { Delivery, DeliveryState } from '../delivery.ts';
import type { EndpointId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import {
  byTimeIndex,
  deliveryKeyOf,
  endpointLogOf,
  logsOf,
  oldestKept,
  undeliveredIndex,
} from './ledger-keys.ts';
import { readItems } from './read-items.ts';
import { keyAfterAll, keyBefore, readBounds, readNewest, takePage } from './read-newest.ts';
import type { NewestQuery, ReadBounds, RowFilter, Strand } from './read-newest.ts';

/** When events were published, both ends included, ISO 8601 in UTC with milliseconds. */
export interface TimeRange {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Which deliveries and runs to list. */
export interface DeliveryFilter extends TimeRange {
  readonly endpointId?: EndpointId | undefined;
  readonly eventName?: EventName | undefined;
  readonly states?: readonly DeliveryState[] | undefined;
  /** What the receiver answered to the last attempt. */
  readonly statusCode?: number | undefined;
}

export interface PageOfLog {
  readonly limit: number;
  /** The `nextKey` of the page before. */
  readonly beforeKey?: string | undefined;
}

/** The reading side of the ledger's deliveries and runs; what has expired is not there. */
export interface DeliveryReader {
  /**
   * Newest event first. Reads a bounded number of rows: where few of them pass the filter, a page holds less than
   * `limit`, or nothing, and has a next one all the same. Throws `ApiError` 400 for a foreign key.
   */
  list(tenant: string, filter: DeliveryFilter, page: PageOfLog): Promise<Page<Delivery>>;
  /** Undefined when there is none of that id, or no longer. */
  find(tenant: string, id: string): Promise<Delivery | undefined>;
}

/** @param now epoch milliseconds */
export function openDeliveryReader(
  dynamo: DynamoDBDocumentClient,
  table: string,
  now: () => number,
  bounds: ReadBounds = readBounds,
): DeliveryReader {
  return {
    async list(tenant, filter, { limit, beforeKey }) {
      const { strands, rowFilter, suffix } = planOf(tenant, filter);
      if (beforeKey?.endsWith(suffix) === false) throw cursorIsForeign();
      const query: NewestQuery<Delivery> = {
        ...rangeOf(filter, beforeKey?.slice(0, beforeKey.length - suffix.length), now()),
        strands,
        filter: rowFilter,
        isSparse: rowFilter !== undefined || filter.statusCode !== undefined,
        read: (item) => {
          const delivery = deliverySchema.parse(item);
          const isWanted =
            filter.statusCode === undefined || delivery.attempts.at(-1)?.status === filter.statusCode;
          return isWanted ? delivery : undefined;
        },
      };
      const stretch = await readNewest(dynamo, table, query, { wanted: limit + 1, bounds });
      const { items, nextKey } = takePage(stretch, limit);
      return { items, nextKey: nextKey === undefined ? undefined : `${nextKey}${suffix}` };
    },

    async find(tenant, id) {
      const place = parseDeliveryId(id);
      if (place === undefined || place.timestamp < oldestKept(now())) return undefined;
      const { timestamp, eventId, endpointId } = place;
      const item = { table, key: deliveryKeyOf({ tenant, id: eventId, timestamp }, endpointId) };
      const row = (await readItems(dynamo, [item]))(item);
      return row === undefined ? undefined : deliverySchema.parse(row);
    },
  };
}

/** The keys of a log that lie in a time range, after what has expired, and before `beforeKey`. */
export function rangeOf(
  { since = '', until }: TimeRange,
  beforeKey: string | undefined,
  nowMs: number,
): { readonly from: string; readonly to: string } {
  if (beforeKey !== undefined && !isLogKey(beforeKey)) throw cursorIsForeign();
  const oldest = oldestKept(nowMs);
  const end = keyAfterAll(until ?? '');
  const before = beforeKey === undefined ? end : keyBefore(beforeKey);
  return { from: since > oldest ? since : oldest, to: before < end ? before : end };
}

/** A timestamp and an event's id, with or without the endpoint's. */
const isLogKey = (key: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[\w-]{1,64}(?:#(?:wh|hk)_[\w-]+)?$/.test(key);

interface Plan {
  readonly strands: readonly Strand[];
  readonly rowFilter: RowFilter | undefined;
  /** What the strands' keys lack of the log's. */
  readonly suffix: string;
}

/** Where rows of a filter may lie, and which of them pass it. */
export function planOf(tenant: string, filter: DeliveryFilter): Plan {
  const { endpointId, states } = filter;
  // In a system that is well it is much shorter than any other list.
  if (states?.every(isUndelivered) === true) {
    return { strands: undeliveredStrands(tenant), rowFilter: rowFilterOf(filter), suffix: '' };
  }
  if (endpointId === undefined) {
    return { strands: byTimeStrands(tenant), rowFilter: rowFilterOf(filter), suffix: '' };
  }
  return {
    strands: [{ hash: { name: 'pk', value: endpointLogOf(tenant, endpointId) }, rangeName: 'sk' }],
    rowFilter: rowFilterOf({ ...filter, endpointId: undefined }),
    suffix: `#${endpointId}`,
  };
}

/** All of a tenant's deliveries and runs. */
export const byTimeStrands = (tenant: string): readonly Strand[] =>
  logsOf(tenant, 'deliveries').map((value) => ({
    indexName: byTimeIndex,
    hash: { name: 'log', value },
    rangeName: 'logged_at',
  }));

/** Those that have not arrived. */
export const undeliveredStrands = (tenant: string): readonly Strand[] =>
  logsOf(tenant, 'undelivered').map((value) => ({
    indexName: undeliveredIndex,
    hash: { name: 'undelivered', value },
    rangeName: 'logged_at',
  }));

/** The part of a filter that DynamoDB applies; the status lies too deep in a row for it. */
function rowFilterOf({ endpointId, eventName, states }: DeliveryFilter): RowFilter | undefined {
  const wanted: Record<string, readonly string[] | undefined> = {
    endpoint_id: endpointId === undefined ? undefined : [endpointId],
    event_name: eventName === undefined ? undefined : [eventName],
    state: states,
  };
  const given = Object.entries(wanted).flatMap(([name, values = []]) =>
    values.map((value, index) => ({ name, value, placeholder: `:${name}${index}` })),
  );
  if (given.length === 0) return undefined;
  const conditions = Array.from(
    Map.groupBy(given, ({ name }) => name),
    ([name, values]) => `#${name} IN (${values.map(({ placeholder }) => placeholder).join(', ')})`,
  );
  return {
    expression: conditions.join(' AND '),
    names: Object.fromEntries(given.map(({ name }) => [`#${name}`, name])),
    values: Object.fromEntries(given.map(({ placeholder, value }) => [placeholder, value])),
  };
}
