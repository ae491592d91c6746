import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { deliverySchema } from '../delivery.ts';
import type { Planned } from '../job.ts';
import { isWaiting } from '../replay.ts';
import type { CountRows, RowSearch, Selection } from '../replay.ts';
import { roundAfter } from '../send-anew.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { endpointLogOf } from './ledger-keys.ts';
import { readItems } from './read-items.ts';

/** An endpoint's rows of the ledger, as a replay looks through them. */
export interface ReplayRows {
  readonly count: CountRows;
  /** The first `limit`, each with its next round. `after` is where to go on; undefined when there are no more. */
  find(
    search: RowSearch,
    limit: number,
  ): Promise<{ readonly planned: readonly Planned[]; readonly after: string | undefined }>;
  /** Of what was sent and was due by then, epoch milliseconds, that which nobody has taken yet. */
  listWaiting(
    of: Pick<RowSearch, 'tenant' | 'endpointId'>,
    sent: readonly Planned[],
    dueBy: number,
  ): Promise<readonly Planned[]>;
}

const rowSchema = z.object({ sk: z.string(), round: z.int().optional() });
const sentSchema = deliverySchema.pick({ state: true, round: true, retrying_until: true });
/** Rows are filtered after they are counted against this. */
const rowsAtATime = 500;

/** The test's events are not kept, and what has expired is not deleted at once. */
const filterOf = ({ states, event_names }: Selection, nowMs: number) => {
  const stateValues = Object.fromEntries(states.map((state, index) => [`:state${index}`, state]));
  const nameValues = Object.fromEntries((event_names ?? []).map((name, index) => [`:name${index}`, name]));
  return {
    FilterExpression: [
      `#state IN (${Object.keys(stateValues).join(', ')})`,
      'attribute_not_exists(#test)',
      'expires_at > :now',
      ...(event_names === undefined ? [] : [`event_name IN (${Object.keys(nameValues).join(', ')})`]),
    ].join(' AND '),
    ExpressionAttributeNames: { '#state': 'state', '#test': 'test' },
    values: { ...stateValues, ...nameValues, ':now': Math.floor(nowMs / 1000) },
  };
};

/** Opens the rows of the ledger table. `now` in epoch milliseconds. */
export function openReplayRows(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): ReplayRows {
  const queryOf = ({ tenant, endpointId, selection }: RowSearch) => {
    const { values, ...filter } = filterOf(selection, now());
    return {
      TableName: tableName,
      ...filter,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :since AND :until',
      ExpressionAttributeValues: {
        ...values,
        ':pk': endpointLogOf(tenant, endpointId),
        ':since': selection.since ?? '0',
        // Behind every id at that time, which follows a "#".
        ':until': `${selection.until}~`,
      },
      ConsistentRead: true,
    } satisfies QueryCommandInput;
  };

  async function* pagesOf(search: RowSearch, wanted: Pick<QueryCommandInput, 'Select' | 'Limit'>) {
    const pk = endpointLogOf(search.tenant, search.endpointId);
    let after = search.after;
    for (;;) {
      const { Items, Count, LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          ...queryOf(search),
          ...wanted,
          ...(wanted.Select === 'COUNT'
            ? {}
            : {
                ProjectionExpression: 'sk, #round',
                ExpressionAttributeNames: { '#state': 'state', '#test': 'test', '#round': 'round' },
              }),
          ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
        }),
      );
      const last: unknown = LastEvaluatedKey?.['sk'];
      after = typeof last === 'string' ? last : undefined;
      yield { items: Items ?? [], count: Count ?? 0, after };
      if (after === undefined || now() >= search.deadlineMs) return;
    }
  }

  return {
    async count(search) {
      let [count, after]: [number, string | undefined] = [0, undefined];
      for await (const page of pagesOf(search, { Select: 'COUNT' })) {
        count += page.count;
        after = page.after;
      }
      return { count, after };
    },

    async find(search, limit) {
      const planned: Planned[] = [];
      for await (const { items, after } of pagesOf(search, { Limit: rowsAtATime })) {
        for (const item of items) {
          const { sk, round } = rowSchema.parse(item);
          planned.push({ sk, round: roundAfter({ round }) });
          if (planned.length === limit) return { planned, after: sk };
        }
        if (after === undefined) return { planned, after: planned.at(-1)?.sk };
        if (now() >= search.deadlineMs) return { planned, after };
      }
      return { planned, after: undefined };
    },

    async listWaiting({ tenant, endpointId }, sent, dueBy) {
      const pk = endpointLogOf(tenant, endpointId);
      const keyOf = ({ sk }: Planned) => ({ table: tableName, key: { pk, sk } });
      const rowOf = await readItems(dynamo, sent.map(keyOf));
      return sent.filter((planned) => {
        const row = rowOf(keyOf(planned));
        return row !== undefined && isWaiting(sentSchema.parse(row), planned.round, dueBy);
      });
    },
  };
}
