import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mergeInFlight } from '../merge-in-flight.ts';
import { disabledReason, mergeTallies, shouldDisable, webhookSchema } from '../webhook.ts';
import type { DeliveryTally, Webhook } from '../webhook.ts';
import type { WebhookId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure, openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

const kind = 'webhook';

/** Adds what a batch of deliveries came to, and disables the webhook when it failed too often in a row. */
export type RecordTally = (tenant: string, id: WebhookId, tally: DeliveryTally) => Promise<void>;

export const openWebhooks = (dynamo: DynamoDBDocumentClient, tableName: string): ConfigRows<Webhook> =>
  openConfigRows(dynamo, tableName, kind, webhookSchema);

interface PendingTally {
  readonly tenant: string;
  readonly id: WebhookId;
  readonly tally: DeliveryTally;
}

/**
 * Makes a `RecordTally`: one write per webhook and batch, and one at a time per webhook where batches run side by
 * side, since a key takes 1 000 writes a second.
 */
export function createRecordTally(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): RecordTally {
  const writeTally: RecordTally = async (tenant, id, tally) => {
    const key = { pk: `${tenant}#${kind}`, sk: id };
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: key,
          ConditionExpression: 'attribute_exists(pk)',
          ...tallyExpression(tally),
          ReturnValues: 'ALL_NEW',
        }),
      );
      const webhook = webhookSchema.parse(Attributes);
      if (!webhook.enabled || !shouldDisable(webhook.consecutive_failures)) return;
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: key,
          // Its owner may have enabled it, or a delivery succeeded, between the two writes.
          ConditionExpression: 'enabled = :true AND consecutive_failures >= :seen',
          UpdateExpression: 'SET enabled = :false, disabled_reason = :reason, updated_at = :now',
          ExpressionAttributeValues: {
            ':true': true,
            ':false': false,
            ':seen': webhook.consecutive_failures,
            ':reason': disabledReason(webhook.consecutive_failures),
            ':now': new Date(now()).toISOString(),
          },
        }),
      );
    } catch (error) {
      // Deleted meanwhile, or no longer to be disabled: nothing is left to record.
      if (!isConditionFailure(error)) throw error;
    }
  };
  const write = mergeInFlight<PendingTally>(
    (_, { tenant, id, tally }) => writeTally(tenant, id, tally),
    (earlier, later) => ({ ...later, tally: mergeTallies(earlier.tally, later.tally) }),
  );
  return (tenant, id, tally) => write(`${tenant} ${id}`, { tenant, id, tally });
}

function tallyExpression(tally: DeliveryTally) {
  const set = ['last_triggered_at = :at'];
  const add = ['trigger_count :finished'];
  const remove: string[] = [];
  const values: Record<string, unknown> = { ':at': tally.last.at, ':finished': tally.finished };
  if (tally.anySuccess) {
    set.push('consecutive_failures = :failures');
    values[':failures'] = tally.trailingFailures;
  } else if (tally.trailingFailures > 0) {
    add.push('consecutive_failures :failures');
    values[':failures'] = tally.trailingFailures;
  }
  const optional = { last_status_code: tally.last.statusCode, last_error: tally.last.error };
  for (const [name, value] of Object.entries(optional)) {
    if (value === undefined) remove.push(name);
    else {
      set.push(`${name} = :${name}`);
      values[`:${name}`] = value;
    }
  }
  return {
    UpdateExpression: [
      `SET ${set.join(', ')}`,
      `ADD ${add.join(', ')}`,
      remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
    ]
      .join(' ')
      .trim(),
    ExpressionAttributeValues: values,
  };
}
