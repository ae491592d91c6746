import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { eventSchema } from '../event.ts';
import type { CatalogEvent } from '../event.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { logsOf } from './ledger-keys.ts';

/** A range of keys of the ledger's events: after `after`, or from `from` on, and before `until`. */
export interface HistoryRange {
  readonly from: string;
  /** A key that `readOn` answered. */
  readonly after?: string | undefined;
  readonly until: string;
}

/** A stretch of a tenant's events. */
export interface HistoryPage {
  /** Oldest first; none before `readTo` is missing. */
  readonly events: readonly CatalogEvent[];
  /** The key to read on after; undefined when the range was read to its end. */
  readonly readTo: string | undefined;
}

/** A tenant's events as the ledger keeps them. `names` limits them; all when it is absent. */
export interface LiveHistory {
  /**
   * The key from which on the range holds the newest `count` events, or as many as a bounded search finds; undefined
   * when that is all of them.
   */
  findNewest(
    tenant: string,
    names: readonly string[] | undefined,
    range: HistoryRange,
    count: number,
  ): Promise<string | undefined>;
  readOn(tenant: string, range: HistoryRange, limit: number): Promise<HistoryPage>;
}

const keySchema = z.object({ sk: z.string() });
/** Keys read at a time; a page ends at 1 MB of rows anyway. */
const keysPerPage = 1000;
/** Pages of each log that a search reads: what is rarer than that in a long time counts as too long ago. */
const searchPagesMax = 10;

const keyOf = ({ timestamp, id }: CatalogEvent): string => `${timestamp}#${id}`;
const smallest = (keys: readonly string[]): string | undefined =>
  keys.length === 0 ? undefined : keys.reduce((a, b) => (a < b ? a : b));

/** Opens the events in the ledger table. They lie in the order of time, in a few logs a tenant. */
export function openLiveHistory(dynamo: DynamoDBDocumentClient, tableName: string): LiveHistory {
  // A key that is not there comes after all that are smaller: with it as the end, BETWEEN leaves out nothing.
  const within = (log: string, { from, after, until }: HistoryRange) => ({
    TableName: tableName,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :until',
    ExpressionAttributeValues: {
      ':pk': log,
      ':from': after === undefined ? from : `${after}#`,
      ':until': until,
    },
    // Whoever came back is told of what is there.
    ConsistentRead: true,
  });

  return {
    async findNewest(tenant, names, range, count) {
      if (range.from > range.until) return undefined;
      const newestOf = async (log: string) => {
        const query = within(log, range);
        const keys: string[] = [];
        let startKey: Record<string, unknown> | undefined;
        for (let page = 0; page < searchPagesMax && keys.length <= count; page++) {
          const answer = await dynamo.send(
            new QueryCommand({
              ...query,
              ...(names === undefined
                ? {}
                : { FilterExpression: `event_name IN (${names.map((_, at) => `:name${at}`).join(', ')})` }),
              ExpressionAttributeValues: {
                ...query.ExpressionAttributeValues,
                ...Object.fromEntries((names ?? []).map((name, at) => [`:name${at}`, name])),
              },
              ProjectionExpression: 'sk',
              ScanIndexForward: false,
              Limit: keysPerPage,
              ExclusiveStartKey: startKey,
            }),
          );
          keys.push(...(answer.Items ?? []).map((item) => keySchema.parse(item).sk));
          startKey = answer.LastEvaluatedKey;
          if (startKey === undefined) break;
        }
        return { keys, end: startKey === undefined ? undefined : keySchema.parse(startKey).sk };
      };
      const logs = await Promise.all(logsOf(tenant, 'events').map(newestOf));
      const keys = logs.flatMap((log) => log.keys).sort();
      const ends = logs.flatMap(({ end }) => end ?? []);
      if (keys.length > count) ends.push(keys.at(-count) ?? '');
      return ends.sort().at(-1);
    },

    async readOn(tenant, range, limit) {
      if ((range.after ?? range.from) > range.until) return { events: [], readTo: undefined };
      const pages = await Promise.all(
        logsOf(tenant, 'events').map(async (log) => {
          const answer = await dynamo.send(new QueryCommand({ ...within(log, range), Limit: limit }));
          const last = answer.LastEvaluatedKey;
          return {
            events: (answer.Items ?? []).map((item) => eventSchema.parse(item)),
            end: last === undefined ? undefined : keySchema.parse(last).sk,
          };
        }),
      );
      // Where one log was read less far than the others, what they have beyond that must wait.
      const readTo = smallest(pages.flatMap(({ end }) => end ?? []));
      const events = pages
        .flatMap((page) => page.events)
        .filter((event) => readTo === undefined || keyOf(event) <= readTo)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      return { events, readTo };
    },
  };
}
