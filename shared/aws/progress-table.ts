import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { progressIntervalMs } from '../limits.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';

/** What becomes of a state that was offered. */
export type Turn =
  /** It is to be told now. */
  | { readonly kind: 'tell' }
  /** It waits, and whoever offered it must take what waits then, epoch milliseconds. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** It waits in place of an earlier one, whose sender will take it. */
  | { readonly kind: 'left' };

/** What senders share so that a stream is told a few times a second, however many they are. */
export interface ProgressTable {
  offer(tenant: string, stream: string, state: string): Promise<Turn>;
  /** Takes the state that waits for the end of that slot; undefined when a later one was told meanwhile. */
  take(tenant: string, stream: string, untilMs: number): Promise<string | undefined>;
}

const rowSchema = z.object({ next_at: z.number().optional(), waiting: z.string().optional() });
/** Long after the last state of a stream. */
const expirySeconds = 60 * 60;

/** Opens the streams in the connections table. `now` in epoch milliseconds. */
export function openProgressTable(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): ProgressTable {
  /** Answers the row as it was; undefined when the condition does not hold. */
  const update = async (
    tenant: string,
    stream: string,
    UpdateExpression: string,
    ConditionExpression: string,
    values: Record<string, unknown>,
  ): Promise<z.output<typeof rowSchema> | undefined> => {
    try {
      const { Attributes = {} } = await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { pk: `${tenant}#progress`, sk: stream },
          UpdateExpression,
          ConditionExpression,
          ExpressionAttributeValues: values,
          ReturnValues: 'ALL_OLD',
        }),
      );
      return rowSchema.parse(Attributes);
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  };

  /** Opens the next slot, which leaves nothing waiting: what is told is the latest. */
  const openSlot = (tenant: string, stream: string, condition: string, values: Record<string, unknown>) =>
    update(tenant, stream, 'SET next_at = :next, expires_at = :expires REMOVE waiting', condition, {
      ':next': now() + progressIntervalMs,
      ':expires': Math.floor(now() / 1000) + expirySeconds,
      ...values,
    });

  return {
    async offer(tenant, stream, state) {
      for (;;) {
        const nowMs = now();
        const opened = await openSlot(tenant, stream, 'attribute_not_exists(next_at) OR next_at <= :now', {
          ':now': nowMs,
        });
        if (opened !== undefined) return { kind: 'tell' };
        const before = await update(tenant, stream, 'SET waiting = :state', 'next_at > :now', {
          ':state': state,
          ':now': nowMs,
        });
        // Else the slot ended in between.
        if (before?.next_at === undefined) continue;
        return before.waiting === undefined ? { kind: 'wait', untilMs: before.next_at } : { kind: 'left' };
      }
    },

    async take(tenant, stream, untilMs) {
      // Who wakes late must not take what waits for the next slot.
      const condition = 'attribute_exists(waiting) AND next_at = :until';
      return (await openSlot(tenant, stream, condition, { ':until': untilMs }))?.waiting;
    },
  };
}
