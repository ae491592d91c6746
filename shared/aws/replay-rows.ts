import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WebhookId } from '../ids.ts';
import type { Planned } from '../job.ts';
import type { Selection } from '../replay.ts';
import { roundAfter } from '../send-anew.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { endpointLogOf } from './ledger-keys.ts';

/** Which rows to look through: oldest event first, on from `after`, until that is done or `deadlineMs`. */
export interface RowSearch {
  readonly tenant: string;
  readonly webhookId: WebhookId;
  readonly selection: Selection;
  /** A sort key. */
  readonly after?: string | undefined;
  readonly deadlineMs: number;
}

/** A webhook's rows of the ledger, as a replay looks through them. */
export interface ReplayRows {
  /** `after` is where to go on counting; undefined when all are counted. */
  count(search: RowSearch): Promise<{ readonly count: number; readonly after: string | undefined }>;
  /** The first `limit`, each with its next round. `after` is where to go on; undefined when there are no more. */
  find(
    search: RowSearch,
    limit: number,
  ): Promise<{ readonly planned: readonly Planned[]; readonly after: string | undefined }>;
}

const rowSchema = z.object({ sk: z.string(), round: z.int().optional() });
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
  const queryOf = ({ tenant, webhookId, selection }: RowSearch) => {
    const { values, ...filter } = filterOf(selection, now());
    return {
      TableName: tableName,
      ...filter,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :since AND :until',
      ExpressionAttributeValues: {
        ...values,
        ':pk': endpointLogOf(tenant, webhookId),
        ':since': selection.since ?? '0',
        // Behind every id at that time, which follows a "#".
        ':until': `${selection.until}~`,
      },
      ConsistentRead: true,
    } satisfies QueryCommandInput;
  };

  async function* pagesOf(search: RowSearch, wanted: Pick<QueryCommandInput, 'Select' | 'Limit'>) {
    const pk = endpointLogOf(search.tenant, search.webhookId);
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
  };
}
