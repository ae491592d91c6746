import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { hookSchema, reasonOfFailures, shouldDisableHook } from '../hook.ts';
import type { Hook } from '../hook.ts';
import type { RunStatus } from '../hook-run-outcome.ts';
import { groupInFlight } from '../group-in-flight.ts';
import type { HookId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure, openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

const kind = 'hook';

/** A run of a hook that has finished. */
export interface FinishedRun {
  readonly status: RunStatus;
  /** When it ended, ISO 8601. */
  readonly at: string;
  /** Why its script wants no more runs. */
  readonly disable?: string | undefined;
}

/**
 * Adds a finished run to its hook's counters, and disables the hook when it failed too often in a row or asked for
 * it; what many ask for at about the same time, in one write per hook.
 */
export type RecordRun = (tenant: string, id: HookId, run: FinishedRun) => Promise<void>;

/** How the runs that are written together change a hook's counters. */
interface RunTally extends FinishedRun {
  readonly count: number;
  /** Failed runs after the last that succeeded, or all that failed when none did. */
  readonly trailingFailures: number;
  readonly anySuccess: boolean;
}

export const openHooks = (dynamo: DynamoDBDocumentClient, tableName: string): ConfigRows<Hook> =>
  openConfigRows(dynamo, tableName, kind, hookSchema);

interface RunsOfHook {
  readonly tenant: string;
  readonly id: HookId;
  readonly tally: RunTally;
}

const isSuccess = ({ status }: FinishedRun): boolean => status === 'success';

const tallyOf = (run: FinishedRun): RunTally => ({
  ...run,
  count: 1,
  trailingFailures: isSuccess(run) ? 0 : 1,
  anySuccess: isSuccess(run),
});

const addTally = (earlier: RunTally, later: RunTally): RunTally => ({
  ...later,
  disable: later.disable ?? earlier.disable,
  count: earlier.count + later.count,
  trailingFailures: later.trailingFailures + (later.anySuccess ? 0 : earlier.trailingFailures),
  anySuccess: earlier.anySuccess || later.anySuccess,
});

/** @param dependencies.onDisabled is told of every hook that the system disables, before the run counts as recorded */
export function createRecordRun(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  dependencies: { readonly onDisabled: (hook: Hook) => Promise<void>; readonly now: () => number },
): RecordRun {
  /** Undefined when the hook is gone or the condition does not hold. */
  const update = async (
    { tenant, id }: Pick<RunsOfHook, 'tenant' | 'id'>,
    input: Required<
      Pick<UpdateCommandInput, 'ConditionExpression' | 'UpdateExpression' | 'ExpressionAttributeValues'>
    >,
  ): Promise<Hook | undefined> => {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { pk: `${tenant}#${kind}`, sk: id },
          ReturnValues: 'ALL_NEW',
          ...input,
        }),
      );
      return hookSchema.parse(Attributes);
    } catch (error) {
      // Deleted while its script ran: the ledger still tells of the run.
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  };

  /** @param failures how many failures in a row it takes: its owner may have enabled it anew between the two writes */
  const disable = async (hook: Hook, reason: string, failures: number): Promise<void> => {
    const disabled = await update(hook, {
      ConditionExpression: 'enabled = :true AND consecutive_failures >= :failures',
      UpdateExpression: 'SET enabled = :false, disabled_reason = :reason, updated_at = :now',
      ExpressionAttributeValues: {
        ':true': true,
        ':false': false,
        ':failures': failures,
        ':reason': reason,
        ':now': new Date(dependencies.now()).toISOString(),
      },
    });
    if (disabled !== undefined) await dependencies.onDisabled(disabled);
  };

  const write = async ({ tally, ...key }: RunsOfHook): Promise<void> => {
    const hook = await update(key, {
      ConditionExpression: 'attribute_exists(pk)',
      UpdateExpression: tally.anySuccess
        ? 'SET last_status = :status, last_triggered_at = :at, consecutive_failures = :failures ADD trigger_count :count'
        : 'SET last_status = :status, last_triggered_at = :at ADD trigger_count :count, consecutive_failures :failures',
      ExpressionAttributeValues: {
        ':status': tally.status,
        ':at': tally.at,
        ':count': tally.count,
        ':failures': tally.trailingFailures,
      },
    });
    if (hook === undefined || !hook.enabled) return;
    if (tally.disable !== undefined) {
      await disable(hook, tally.disable, 0);
    } else if (shouldDisableHook(hook)) {
      await disable(hook, reasonOfFailures(hook), hook.consecutive_failures);
    }
  };
  const writeMany = groupInFlight<RunsOfHook, PromiseSettledResult<void> | undefined>(async (news) => {
    const keyOf = ({ tenant, id }: RunsOfHook): string => `${tenant} ${id}`;
    const sums = new Map<string, RunsOfHook>();
    for (const each of news) {
      const earlier = sums.get(keyOf(each));
      sums.set(
        keyOf(each),
        earlier === undefined ? each : { ...each, tally: addTally(earlier.tally, each.tally) },
      );
    }
    const written = await Promise.allSettled(Array.from(sums.values(), write));
    const results = new Map([...sums.keys()].map((key, index) => [key, written[index]]));
    return news.map((each) => results.get(keyOf(each)));
  });
  return async (tenant, id, run) => {
    const result = await writeMany({ tenant, id, tally: tallyOf(run) });
    if (result?.status === 'rejected') throw result.reason;
  };
}
