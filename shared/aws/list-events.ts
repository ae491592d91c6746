import * as z from 'zod';
import type { EventName } from '../catalog.ts';
import { cursorIsForeign } from '../cursor.ts';
import type { Page } from '../cursor.ts';
import { deliverySchema } from '../delivery.ts';
import type { Delivery, DeliveryState } from '../delivery.ts';
import { eventSchema } from '../event.ts';
import { runBounded } from '../run-bounded.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { createFindEventRow } from './find-event.ts';
import { eventKeyOf, logsOf, oldestKept } from './ledger-keys.ts';
import type { EventPlace } from './ledger-keys.ts';
import { byTimeStrands, planOf, rangeOf } from './list-deliveries.ts';
import type { PageOfLog, TimeRange } from './list-deliveries.ts';
import { readItems } from './read-items.ts';
import { keyAfterAll, keyBefore, readBounds, readNewest, takePage } from './read-newest.ts';
import type { ReadBounds, RowFilter, Stretch } from './read-newest.ts';

/** Which events to list. */
export interface EventFilter extends TimeRange {
  readonly eventName?: EventName | undefined;
  /** Events with a delivery or run in that state, or those that were meant for nobody. */
  readonly state?: DeliveryState | 'unmatched' | undefined;
}

/** How many of an event's deliveries and runs are in which state. */
export interface StateCounts {
  readonly states: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Whether it has so many of them that some were not counted. */
  readonly truncated: boolean;
}

const eventRowSchema = eventSchema.omit({ audience: true }).extend({
  /** Webhooks that were to get it when it was fanned out. */
  matched: z.int(),
});
const eventHeadSchema = eventRowSchema.omit({ data: true });

/** An event without its payload. */
export type EventHead = z.output<typeof eventHeadSchema>;
export type EventRow = z.output<typeof eventRowSchema>;

/** The reading side of the ledger's events; what has expired is not there. */
export interface EventReader {
  /**
   * Newest first. Reads a bounded number of rows: where few of them pass the filter, a page holds less than `limit`, or
   * nothing, and has a next one all the same. Throws `ApiError` 400 for a foreign key.
   */
  list(
    tenant: string,
    filter: EventFilter,
    page: PageOfLog,
  ): Promise<Page<{ readonly event: EventHead; readonly counts: StateCounts }>>;
  /** Undefined when there is none of that id, or no longer. */
  find(tenant: string, id: string): Promise<EventRow | undefined>;
  count(event: EventPlace): Promise<StateCounts>;
  /** What became of one event, the newest webhook first and the hooks last. */
  listDeliveries(event: EventPlace, page: PageOfLog): Promise<Page<Delivery>>;
}

/** Events whose deliveries are counted at a time, in four queries each. */
const eventsAtATime = 10;
const countBounds: ReadBounds = { rowsPerPage: 1_000, pages: 1 };

/** @param now epoch milliseconds */
export function openEventReader(
  dynamo: DynamoDBDocumentClient,
  table: string,
  now: () => number,
  bounds: ReadBounds = readBounds,
): EventReader {
  const findRow = createFindEventRow(dynamo, table);

  const listLogged = async (tenant: string, filter: EventFilter, page: PageOfLog) => {
    const rowFilter = eventFilterOf(filter);
    const stretch = await readNewest(
      dynamo,
      table,
      {
        ...rangeOf(filter, page.beforeKey, now()),
        strands: logsOf(tenant, 'events').map((value) => ({
          hash: { name: 'pk', value },
          rangeName: 'sk',
        })),
        filter: rowFilter,
        attributes: Object.keys(eventHeadSchema.shape),
        isSparse: rowFilter !== undefined,
        read: (item) => eventHeadSchema.parse(item),
      },
      { wanted: page.limit + 1, bounds },
    );
    return takePage(stretch, page.limit);
  };

  /** By way of the deliveries, which lie in the same order. */
  const listByState = async (
    tenant: string,
    state: DeliveryState,
    filter: EventFilter,
    page: PageOfLog,
  ): Promise<Page<EventHead>> => {
    const { strands, rowFilter } = planOf(tenant, { eventName: filter.eventName, states: [state] });
    const stretch = await readNewest(
      dynamo,
      table,
      {
        ...rangeOf(filter, page.beforeKey, now()),
        strands,
        filter: rowFilter,
        attributes: Object.keys(placeSchema.shape),
        isSparse: true,
        read: (item) => placeSchema.parse(item),
      },
      { wanted: page.limit + 1, bounds },
    );
    const { items, nextKey } = takeEvents(stretch, page.limit);
    const keys = items.map((place) => ({ table, key: eventKeyOf(place) }));
    const rowOf = await readItems(dynamo, keys);
    // An event that was made for a test was never published, and has no row.
    return { items: keys.flatMap((key) => toHead(rowOf(key)) ?? []), nextKey };
  };

  const count = async (event: EventPlace): Promise<StateCounts> => {
    const { found, readTo } = await readNewest(
      dynamo,
      table,
      {
        ...rowsOf(event),
        strands: byTimeStrands(event.tenant),
        attributes: Object.keys(stateSchema.shape),
        isSparse: true,
        read: (item) => stateSchema.parse(item).state,
      },
      { wanted: Infinity, bounds: countBounds },
    );
    const byState = Map.groupBy(found, ({ row }) => row);
    return {
      states: Object.fromEntries(Array.from(byState, ([state, rows]) => [state, rows.length])),
      truncated: readTo !== undefined,
    };
  };

  /** Whether an event was meant for a hook. */
  const hasRun = async (event: EventPlace): Promise<boolean> => {
    const { found } = await readNewest(
      dynamo,
      table,
      {
        ...rowsOf(event, 'hk_'),
        strands: byTimeStrands(event.tenant),
        filter: {
          expression: '#state <> :filtered',
          names: { '#state': 'state' },
          values: { ':filtered': 'filtered' },
        },
        attributes: Object.keys(stateSchema.shape),
        isSparse: true,
        read: (item) => stateSchema.parse(item).state,
      },
      { wanted: 1, bounds },
    );
    return found.length > 0;
  };

  return {
    count,

    async list(tenant, filter, page) {
      const { state } = filter;
      const { items, nextKey } =
        state === undefined || state === 'unmatched'
          ? await listLogged(tenant, filter, page)
          : await listByState(tenant, state, filter, page);
      const events = await runBounded(items, eventsAtATime, async (event) =>
        state === 'unmatched' && (await hasRun(event)) ? [] : [{ event, counts: await count(event) }],
      );
      return { items: events.flat(), nextKey };
    },

    async find(tenant, id) {
      const row = await findRow(tenant, id);
      const event = row === undefined ? undefined : eventRowSchema.parse(row);
      return event === undefined || event.timestamp < oldestKept(now()) ? undefined : event;
    },

    async listDeliveries(event, { limit, beforeKey }) {
      const { from, to } = rowsOf(event);
      if (beforeKey !== undefined && !(beforeKey > from && beforeKey <= to)) throw cursorIsForeign();
      const stretch = await readNewest(
        dynamo,
        table,
        {
          from,
          to: beforeKey === undefined ? to : keyBefore(beforeKey),
          strands: byTimeStrands(event.tenant),
          isSparse: false,
          read: (item) => deliverySchema.parse(item),
        },
        { wanted: limit + 1, bounds },
      );
      return takePage(stretch, limit);
    },
  };
}

/** What an event's delivery tells of the event. */
const placeSchema = z.object({ tenant: z.string(), event_id: z.string(), event_timestamp: z.string() });
const stateSchema = deliverySchema.pick({ state: true });

const toHead = (row: unknown): EventHead | undefined =>
  row === undefined ? undefined : eventHeadSchema.parse(row);

/** The keys of what became of one event. */
function rowsOf({ timestamp, id }: EventPlace, endpointPrefix = '') {
  const from = `${timestamp}#${id}#${endpointPrefix}`;
  return { from, to: keyAfterAll(from) };
}

function eventFilterOf({ eventName, state }: EventFilter): RowFilter | undefined {
  const wanted = [
    ...(eventName === undefined ? [] : [{ name: 'event_name', value: eventName }]),
    ...(state === 'unmatched' ? [{ name: 'matched', value: 0 }] : []),
  ];
  if (wanted.length === 0) return undefined;
  return {
    expression: wanted.map(({ name }) => `#${name} = :${name}`).join(' AND '),
    names: Object.fromEntries(wanted.map(({ name }) => [`#${name}`, name])),
    values: Object.fromEntries(wanted.map(({ name, value }) => [`:${name}`, value])),
  };
}

/** The first `limit` events of which rows were found, and the key before which the next page begins. */
function takeEvents(
  { found, readTo }: Stretch<z.output<typeof placeSchema>>,
  limit: number,
): Page<EventPlace> {
  const events = new Map<string, EventPlace>();
  let last: string | undefined;
  for (const { row } of found) {
    const key = `${row.event_timestamp}#${row.event_id}`;
    if (key === last) continue;
    if (events.size === limit) return { items: [...events.values()], nextKey: last };
    events.set(key, { tenant: row.tenant, id: row.event_id, timestamp: row.event_timestamp });
    last = key;
  }
  // What was not read yet of the last event would show it once more.
  const isHalfRead = last !== undefined && readTo?.startsWith(`${last}#`) === true;
  return { items: [...events.values()], nextKey: isHalfRead ? last : readTo };
}
