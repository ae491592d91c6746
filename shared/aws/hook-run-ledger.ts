import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { deliverySchema } from '../delivery.ts';
import type { Delivery } from '../delivery.ts';
import type { CatalogEvent } from '../event.ts';
import type { HookId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';

/** A run's row of the ledger, with the worker task that works or worked on it. */
export const runSchema = deliverySchema.extend({ worker_task: z.string().optional() });
export type Run = z.infer<typeof runSchema>;

/** Where a run's row lies. */
export interface RunKey {
  readonly tenant: string;
  readonly hook_id: HookId;
  readonly event_id: string;
  readonly event_timestamp: string;
}

const markerSchema = z.object({
  /** The delivery's id. */
  sk: z.string(),
  tenant: z.string(),
  hook_id: z.custom<HookId>((id) => typeof id === 'string' && id.startsWith('hk_')),
  event_id: z.string(),
  event_timestamp: z.string(),
  receipt_handle: z.string(),
  started_at: z.string(),
});

/** What is left behind of a run whose worker dies: which row, and which queue message. */
export interface RunMarker extends RunKey {
  readonly deliveryId: string;
  readonly receiptHandle: string;
  /** When the run began, ISO 8601. */
  readonly startedAt: string;
}

/** What the worker and its undertaker know of runs beyond the ledger. */
export interface RunLedger {
  find(key: RunKey): Promise<Run | undefined>;
  mark(taskArn: string, marker: RunMarker): Promise<void>;
  unmark(taskArn: string, deliveryId: string): Promise<void>;
  listMarkers(taskArn: string): Promise<RunMarker[]>;
  /** Writes how a run goes on whose worker died; false when another worker has it, or it is not running. */
  closeRun(
    key: RunKey,
    taskArn: string,
    fields: Pick<Delivery, 'state' | 'attempts' | 'updated_at' | 'retrying_until'>,
  ): Promise<boolean>;
}

export const keyOfRun = (event: CatalogEvent, hookId: HookId): RunKey => ({
  tenant: event.tenant,
  hook_id: hookId,
  event_id: event.id,
  event_timestamp: event.timestamp,
});

/** The ledger's own key of a delivery. */
const rowKey = (run: RunKey) => ({
  pk: `${run.tenant}#${run.hook_id}`,
  sk: `${run.event_timestamp}#${run.event_id}`,
});

/** Longer than a run can take, with every retry and the patience of an operator. */
const markerSeconds = 14 * 24 * 60 * 60;

export function openRunLedger(dynamo: DynamoDBDocumentClient, tableName: string): RunLedger {
  const markersOf = (taskArn: string): string => `worker#${taskArn}`;

  return {
    async find(key) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: rowKey(key), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : runSchema.parse(Item);
    },

    async mark(taskArn, { deliveryId, receiptHandle, startedAt, ...key }) {
      await dynamo.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            ...key,
            pk: markersOf(taskArn),
            sk: deliveryId,
            receipt_handle: receiptHandle,
            started_at: startedAt,
            expires_at: Math.floor(Date.parse(startedAt) / 1000) + markerSeconds,
          },
        }),
      );
    },

    async unmark(taskArn, deliveryId) {
      await dynamo.send(
        new DeleteCommand({ TableName: tableName, Key: { pk: markersOf(taskArn), sk: deliveryId } }),
      );
    },

    async listMarkers(taskArn) {
      const markers: RunMarker[] = [];
      let startKey: Record<string, unknown> | undefined;
      do {
        const answer = await dynamo.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': markersOf(taskArn) },
            ConsistentRead: true,
            ExclusiveStartKey: startKey,
          }),
        );
        for (const item of answer.Items ?? []) {
          const { sk, receipt_handle, started_at, ...key } = markerSchema.parse(item);
          markers.push({ ...key, deliveryId: sk, receiptHandle: receipt_handle, startedAt: started_at });
        }
        startKey = answer.LastEvaluatedKey;
      } while (startKey !== undefined);
      return markers;
    },

    async closeRun(key, taskArn, { state, attempts, updated_at, retrying_until }) {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName: tableName,
            Key: rowKey(key),
            ConditionExpression: '#state = :running AND worker_task = :task',
            UpdateExpression:
              retrying_until === undefined
                ? 'SET #state = :state, attempts = :attempts, updated_at = :now REMOVE retrying_until'
                : 'SET #state = :state, attempts = :attempts, updated_at = :now, retrying_until = :until',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: {
              ':running': 'running',
              ':task': taskArn,
              ':state': state,
              ':attempts': attempts,
              ':now': updated_at,
              ...(retrying_until === undefined ? {} : { ':until': retrying_until }),
            },
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        throw error;
      }
    },
  };
}
