import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { EventName } from '../catalog.ts';
import { cursorIsForeign } from '../cursor.ts';
import type { Page } from '../cursor.ts';
import { deliverySchema } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import type { CatalogEvent } from '../event.ts';
import type { EndpointId } from '../ids.ts';
import { ledgerRetentionDays } from '../limits.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { writeItems } from './write-items.ts';
import type { WriteRequest } from './write-items.ts';

/** Which rows of the log to list. */
export interface LogFilter {
  readonly endpointId?: EndpointId | undefined;
  readonly eventName?: EventName | undefined;
  /** True for delivered, false for what ended otherwise; what is still under way is neither. */
  readonly success?: boolean | undefined;
}

/** The ledger of events, deliveries and runs. */
export interface Ledger {
  /** Writes whole rows, each overwriting its earlier state, in batches. */
  putDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  putEvents(events: readonly CatalogEvent[]): Promise<void>;
  /** Newest event first. */
  listDeliveries(
    tenant: string,
    filter: LogFilter,
    page: { limit: number; beforeKey?: string | undefined },
  ): Promise<Page<Delivery>>;
  /** Deletes the tenant's deliveries and runs until done or `deadlineMs`, and counts them. */
  deleteDeliveries(tenant: string, deadlineMs: number): Promise<{ deleted: number; done: boolean }>;
}

/** A key of an index takes 1 000 writes a second: a tenant's log is spread over this many. */
const shards = 4;
const daySeconds = 24 * 60 * 60;
const indexName = 'by-time';
const filteredPageSize = 500;

type LogKind = 'deliveries' | 'events';

function shardOf(text: string): number {
  let sum = 0;
  for (const character of text) sum += character.codePointAt(0) ?? 0;
  return sum % shards;
}

const logOf = (tenant: string, kind: LogKind, shard: number): string => `${tenant}#${kind}#${shard}`;

const expiryOf = (timestamp: string): number =>
  Math.floor(Date.parse(timestamp) / 1000) + ledgerRetentionDays * daySeconds;

/**
 * A delivery lies under its endpoint, so that an endpoint's history is one query; the index lists a tenant's
 * deliveries by time, and those of one event by the prefix of its key.
 */
const toDeliveryItem = (delivery: Delivery): Record<string, unknown> => ({
  ...delivery,
  pk: `${delivery.tenant}#${delivery.endpoint_id}`,
  sk: `${delivery.event_timestamp}#${delivery.event_id}`,
  log: logOf(delivery.tenant, 'deliveries', shardOf(delivery.event_id + delivery.endpoint_id)),
  logged_at: loggedAt(delivery),
  expires_at: expiryOf(delivery.event_timestamp),
});

const toEventItem = (event: CatalogEvent): Record<string, unknown> => ({
  ...event,
  pk: `${event.tenant}#${event.id}`,
  sk: 'event',
  log: logOf(event.tenant, 'events', shardOf(event.id)),
  logged_at: `${event.timestamp}#${event.id}`,
  expires_at: expiryOf(event.timestamp),
});

const loggedAt = (delivery: Delivery): string =>
  `${delivery.event_timestamp}#${delivery.event_id}#${delivery.endpoint_id}`;

/** In the order of the index, that of bytes: a locale's order would lose rows between two pages. */
function byLoggedAtDescending(a: Delivery, b: Delivery): number {
  const [left, right] = [loggedAt(a), loggedAt(b)];
  if (left === right) return 0;
  return left < right ? 1 : -1;
}

interface QueryShape {
  IndexName?: string;
  KeyConditionExpression: string;
  FilterExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues: Record<string, unknown>;
}

/** One query per place where rows of the filter may lie. */
function queriesFor(tenant: string, filter: LogFilter, beforeKey: string | undefined): QueryShape[] {
  const values: Record<string, unknown> = {};
  const names: Record<string, string> = {};
  const conditions: string[] = [];
  if (filter.eventName !== undefined) {
    conditions.push('event_name = :event_name');
    values[':event_name'] = filter.eventName;
  }
  if (filter.success !== undefined) {
    names['#state'] = 'state';
    values[':delivered'] = 'delivered';
    if (filter.success) {
      conditions.push('#state = :delivered');
    } else {
      conditions.push('NOT #state IN (:delivered, :running, :retrying)');
      values[':running'] = 'running';
      values[':retrying'] = 'retrying';
    }
  }
  const shared = {
    ...(conditions.length > 0 ? { FilterExpression: conditions.join(' AND ') } : {}),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
  };
  if (filter.endpointId !== undefined) {
    // Keys of one endpoint end where the log key goes on with the endpoint's id.
    if (beforeKey?.endsWith(`#${filter.endpointId}`) === false) throw cursorIsForeign();
    const before = beforeKey?.slice(0, -(filter.endpointId.length + 1));
    return [
      {
        ...shared,
        KeyConditionExpression: before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
        ExpressionAttributeValues: {
          ...values,
          ':pk': `${tenant}#${filter.endpointId}`,
          ...(before === undefined ? {} : { ':before': before }),
        },
      },
    ];
  }
  return Array.from({ length: shards }, (_, shard) => ({
    ...shared,
    IndexName: indexName,
    KeyConditionExpression: beforeKey === undefined ? '#log = :log' : '#log = :log AND logged_at < :before',
    ExpressionAttributeNames: { ...names, '#log': 'log' },
    ExpressionAttributeValues: {
      ...values,
      ':log': logOf(tenant, 'deliveries', shard),
      ...(beforeKey === undefined ? {} : { ':before': beforeKey }),
    },
  }));
}

/** Opens the ledger table. */
export function openLedger(dynamo: DynamoDBDocumentClient, tableName: string): Ledger {
  /** The first `wanted` rows of a query, over as many of its pages as that takes. */
  async function collect(query: QueryShape, wanted: number): Promise<Delivery[]> {
    const rows: Delivery[] = [];
    let startKey: Record<string, unknown> | undefined;
    do {
      const answer = await dynamo.send(
        new QueryCommand({
          ...query,
          TableName: tableName,
          ScanIndexForward: false,
          Limit: query.FilterExpression === undefined ? wanted - rows.length : filteredPageSize,
          ExclusiveStartKey: startKey,
        }),
      );
      rows.push(...(answer.Items ?? []).map((item) => deliverySchema.parse(item)));
      startKey = answer.LastEvaluatedKey;
    } while (startKey !== undefined && rows.length < wanted);
    return rows;
  }

  async function deleteShard(tenant: string, shard: number, deadlineMs: number) {
    let deleted = 0;
    // On from the last key: the index shows what was just deleted for a while.
    let startKey: Record<string, unknown> | undefined;
    for (;;) {
      const answer = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: indexName,
          KeyConditionExpression: '#log = :log',
          ExpressionAttributeNames: { '#log': 'log' },
          ExpressionAttributeValues: { ':log': logOf(tenant, 'deliveries', shard) },
          ProjectionExpression: 'pk, sk',
          Limit: filteredPageSize,
          ExclusiveStartKey: startKey,
        }),
      );
      const keys = (answer.Items ?? []).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
      await writeItems(dynamo, tableName, keys);
      deleted += keys.length;
      startKey = answer.LastEvaluatedKey;
      if (startKey === undefined) return { deleted, done: true };
      if (Date.now() > deadlineMs) return { deleted, done: false };
    }
  }

  return {
    async putDeliveries(deliveries) {
      await writeItems(
        dynamo,
        tableName,
        deliveries.map((delivery) => toPut(toDeliveryItem(delivery))),
      );
    },

    async putEvents(events) {
      await writeItems(
        dynamo,
        tableName,
        events.map((event) => toPut(toEventItem(event))),
      );
    },

    async listDeliveries(tenant, filter, { limit, beforeKey }) {
      const queries = queriesFor(tenant, filter, beforeKey);
      const found = await Promise.all(queries.map((query) => collect(query, limit + 1)));
      const sorted = found.flat().sort(byLoggedAtDescending);
      const items = sorted.slice(0, limit);
      const last = items.at(-1);
      return { items, nextKey: sorted.length > limit && last !== undefined ? loggedAt(last) : undefined };
    },

    async deleteDeliveries(tenant, deadlineMs) {
      const results = await Promise.all(
        Array.from({ length: shards }, (_, shard) => deleteShard(tenant, shard, deadlineMs)),
      );
      return {
        deleted: results.reduce((sum, result) => sum + result.deleted, 0),
        done: results.every((result) => result.done),
      };
    },
  };
}

const toPut = (item: Record<string, unknown>): WriteRequest => ({ PutRequest: { Item: item } });
