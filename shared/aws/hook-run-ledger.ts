import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { deliverySchema } from '../delivery.ts';
import type { CatalogEvent } from '../event.ts';
import { groupInFlight } from '../group-in-flight.ts';
import type { HookId } from '../ids.ts';
import { parseJson } from '../parse-request.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';
import { deliveryKeyOf } from './ledger-keys.ts';
import { toDeliveryItem } from './ledger.ts';
import { readItems } from './read-items.ts';
import type { ItemKey } from './read-items.ts';
import { writeItems } from './write-items.ts';
import type { WriteRequest } from './write-items.ts';

/** A run's row of the ledger, with the worker task that works or worked on it. */
export const runSchema = deliverySchema.extend({
  worker_task: z.string().optional(),
  /** The retry of the hook's schedule that it has come to; attempts whose worker ended are none. */
  retry: z.int().optional(),
});
export type Run = z.infer<typeof runSchema>;

/** Where a run's row lies. */
export interface RunKey {
  readonly event: Pick<CatalogEvent, 'tenant' | 'id' | 'timestamp'>;
  readonly hookId: HookId;
}

const markerSchema = z.object({
  /** JSON: nobody looks into it before the worker has died. */
  run: z.string(),
  receipt_handle: z.string(),
  started_at: z.string(),
});

/** What is left behind of a run whose worker dies: what it was, and which queue message. */
export interface RunMarker {
  /** As it is while it runs, with the attempts that were made before. */
  readonly run: Run;
  readonly receiptHandle: string;
  /** When the worker took it in hand, ISO 8601. */
  readonly startedAt: string;
}

/**
 * What the worker and its undertaker write and read of runs. What many runs ask for at about the same time is read
 * or written in one call; writes take effect in the order in which they were asked for.
 */
export interface RunLedger {
  find(key: RunKey): Promise<Run | undefined>;
  put(run: Run): Promise<void>;
  mark(taskArn: string, marker: RunMarker): Promise<void>;
  unmark(taskArn: string, deliveryId: string): Promise<void>;
  listMarkers(taskArn: string): Promise<RunMarker[]>;
  /** Writes how a run goes on whose worker died; false when somebody moved it on since it was `seen`. */
  closeRun(run: Run, seen: Run | undefined): Promise<boolean>;
}

export const keyOfRun = (event: RunKey['event'], hookId: HookId): RunKey => ({ event, hookId });

/** Longer than a run can take, with every retry and the patience of an operator. */
const markerSeconds = 14 * 24 * 60 * 60;

/** @param rest between two writes, which gathers more for the next one */
export function openRunLedger(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  rest?: () => Promise<void>,
): RunLedger {
  const markersOf = (taskArn: string): string => `worker#${taskArn}`;

  const write = groupInFlight<WriteRequest, void>(async (requests) => {
    await writeItems(dynamo, tableName, requests);
    return requests.map(() => undefined);
  }, rest);
  const readItem = groupInFlight<ItemKey, Record<string, unknown> | undefined>(async (keys) => {
    const itemOf = await readItems(dynamo, keys);
    return keys.map(itemOf);
  });

  return {
    async find({ event, hookId }) {
      const item = await readItem({ table: tableName, key: deliveryKeyOf(event, hookId) });
      return item === undefined ? undefined : runSchema.parse(item);
    },

    put: (run) => write({ PutRequest: { Item: toDeliveryItem(run) } }),

    mark: (taskArn, { run, receiptHandle, startedAt }) =>
      write({
        PutRequest: {
          Item: {
            pk: markersOf(taskArn),
            sk: run.id,
            run: JSON.stringify(run),
            receipt_handle: receiptHandle,
            started_at: startedAt,
            expires_at: Math.floor(Date.parse(startedAt) / 1000) + markerSeconds,
          },
        },
      }),

    unmark: (taskArn, deliveryId) =>
      write({ DeleteRequest: { Key: { pk: markersOf(taskArn), sk: deliveryId } } }),

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
          const { run, receipt_handle, started_at } = markerSchema.parse(item);
          markers.push({
            run: runSchema.parse(parseJson(run)),
            receiptHandle: receipt_handle,
            startedAt: started_at,
          });
        }
        startKey = answer.LastEvaluatedKey;
      } while (startKey !== undefined);
      return markers;
    },

    async closeRun(run, seen) {
      try {
        await dynamo.send(
          new PutCommand({
            TableName: tableName,
            Item: toDeliveryItem(run),
            ...(seen === undefined
              ? { ConditionExpression: 'attribute_not_exists(pk)' }
              : {
                  ConditionExpression: '#state = :state AND updated_at = :at',
                  ExpressionAttributeNames: { '#state': 'state' },
                  ExpressionAttributeValues: { ':state': seen.state, ':at': seen.updated_at },
                }),
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
