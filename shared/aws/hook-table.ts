import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { hookSchema } from '../hook.ts';
import type { Hook } from '../hook.ts';
import { groupInFlight } from '../group-in-flight.ts';
import type { HookId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure, openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

const kind = 'hook';

/** Runs of a hook that have finished. */
export interface FinishedRuns {
  readonly count: number;
  /** How and when the last of them ended. */
  readonly status: string;
  readonly at: string;
}

/** Adds finished runs to a hook's counters; what many ask for at about the same time, in one write per hook. */
export type RecordRuns = (tenant: string, id: HookId, runs: FinishedRuns) => Promise<void>;

export const openHooks = (dynamo: DynamoDBDocumentClient, tableName: string): ConfigRows<Hook> =>
  openConfigRows(dynamo, tableName, kind, hookSchema);

interface RunsOfHook {
  readonly tenant: string;
  readonly id: HookId;
  readonly runs: FinishedRuns;
}

const addRuns = (earlier: RunsOfHook, { runs, ...hook }: RunsOfHook): RunsOfHook => ({
  ...hook,
  runs: { ...runs, count: earlier.runs.count + runs.count },
});

export function createRecordRuns(dynamo: DynamoDBDocumentClient, tableName: string): RecordRuns {
  const write = async ({ tenant, id, runs }: RunsOfHook): Promise<void> => {
    try {
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { pk: `${tenant}#${kind}`, sk: id },
          ConditionExpression: 'attribute_exists(pk)',
          UpdateExpression: 'SET last_status = :status, last_triggered_at = :at ADD trigger_count :count',
          ExpressionAttributeValues: { ':status': runs.status, ':at': runs.at, ':count': runs.count },
        }),
      );
    } catch (error) {
      // Deleted while its script ran: the ledger still tells of the run.
      if (!isConditionFailure(error)) throw error;
    }
  };
  const writeMany = groupInFlight<RunsOfHook, PromiseSettledResult<void> | undefined>(async (news) => {
    const keyOf = ({ tenant, id }: RunsOfHook): string => `${tenant} ${id}`;
    const sums = new Map<string, RunsOfHook>();
    for (const each of news) {
      const earlier = sums.get(keyOf(each));
      sums.set(keyOf(each), earlier === undefined ? each : addRuns(earlier, each));
    }
    const written = await Promise.allSettled(Array.from(sums.values(), write));
    const results = new Map([...sums.keys()].map((key, index) => [key, written[index]]));
    return news.map((each) => results.get(keyOf(each)));
  });
  return async (tenant, id, runs) => {
    const result = await writeMany({ tenant, id, runs });
    if (result?.status === 'rejected') throw result.reason;
  };
}
