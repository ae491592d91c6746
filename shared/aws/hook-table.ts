import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { hookSchema } from '../hook.ts';
import type { Hook } from '../hook.ts';
import type { HookId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure, openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

const kind = 'hook';

/** Adds one finished run to a hook's counters. */
export type RecordRun = (tenant: string, id: HookId, run: { status: string; at: string }) => Promise<void>;

export const openHooks = (dynamo: DynamoDBDocumentClient, tableName: string): ConfigRows<Hook> =>
  openConfigRows(dynamo, tableName, kind, hookSchema);

export function createRecordRun(dynamo: DynamoDBDocumentClient, tableName: string): RecordRun {
  return async (tenant, id, run) => {
    try {
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { pk: `${tenant}#${kind}`, sk: id },
          ConditionExpression: 'attribute_exists(pk)',
          UpdateExpression: 'SET last_status = :status, last_triggered_at = :at ADD trigger_count :one',
          ExpressionAttributeValues: { ':status': run.status, ':at': run.at, ':one': 1 },
        }),
      );
    } catch (error) {
      // Deleted while its script ran: the ledger still tells of the run.
      if (!isConditionFailure(error)) throw error;
    }
  };
}
