import { randomUUID } from 'node:crypto';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WebhookId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';

/** Deliveries of a webhook that are in flight, until they are released or their time is over. */
export interface Lease {
  readonly count: number;
  readonly release: () => Promise<void>;
}

/** What senders share to keep a webhook's limits, however many of them there are. */
export interface FlowTable {
  /**
   * Takes places in a webhook's line, `intervalMs` apart: answers the instant of the first, now or later. Each place
   * is taken once, so whoever waits until its instant need not ask again.
   */
  reserve(tenant: string, id: WebhookId, count: number, intervalMs: number): Promise<number>;
  /** Takes up to `count` of the `max` places in flight; each is free again by itself after `holdMs`. */
  lease(tenant: string, id: WebhookId, count: number, max: number, holdMs: number): Promise<Lease>;
}

/** Writers that meet try again this often; then they find no place, and their messages wait. */
const triesMax = 5;

const leaseSchema = z.object({ count: z.int(), until: z.number() });
const rowSchema = z.object({
  next_at: z.number().optional(),
  leases: z.record(z.string(), leaseSchema).default({}),
  revision: z.int().optional(),
});

/** Opens the rows in the config table. `now` in epoch milliseconds. */
export function openFlowTable(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): FlowTable {
  const keyOf = (tenant: string, id: WebhookId) => ({ pk: `${tenant}#flow`, sk: id });

  /** Undefined when the condition does not hold. */
  const update = async (
    tenant: string,
    id: WebhookId,
    input: {
      UpdateExpression: string;
      ConditionExpression?: string;
      ExpressionAttributeNames?: Record<string, string>;
      ExpressionAttributeValues?: Record<string, unknown>;
    },
  ): Promise<z.output<typeof rowSchema> | undefined> => {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: keyOf(tenant, id),
          ReturnValues: 'ALL_NEW',
          ...input,
        }),
      );
      return rowSchema.parse(Attributes);
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  };

  return {
    async reserve(tenant, id, count, intervalMs) {
      const span = count * intervalMs;
      for (;;) {
        const nowMs = now();
        // Behind whoever stands in line; or, when the line is empty, at its head.
        const joined = await update(tenant, id, {
          UpdateExpression: 'SET next_at = next_at + :span',
          ConditionExpression: 'next_at > :now',
          ExpressionAttributeValues: { ':span': span, ':now': nowMs },
        });
        if (joined?.next_at !== undefined) return joined.next_at - span;
        const headed = await update(tenant, id, {
          UpdateExpression: 'SET next_at = :next',
          ConditionExpression: 'attribute_not_exists(next_at) OR next_at <= :now',
          ExpressionAttributeValues: { ':next': nowMs + span, ':now': nowMs },
        });
        if (headed !== undefined) return nowMs;
      }
    },

    async lease(tenant, id, count, max, holdMs) {
      for (let attempt = 0; attempt < triesMax; attempt++) {
        const { Item } = await dynamo.send(
          new GetCommand({ TableName: tableName, Key: keyOf(tenant, id), ConsistentRead: true }),
        );
        const row = rowSchema.parse(Item ?? {});
        const live = Object.entries(row.leases).filter(([, { until }]) => until > now());
        const free = max - live.reduce((sum, [, lease]) => sum + lease.count, 0);
        const taken = Math.min(count, free);
        if (taken <= 0) break;
        const token = randomUUID();
        const written = await update(tenant, id, {
          UpdateExpression: 'SET leases = :leases, revision = :next',
          ConditionExpression:
            row.revision === undefined ? 'attribute_not_exists(revision)' : 'revision = :seen',
          ExpressionAttributeValues: {
            ':leases': { ...Object.fromEntries(live), [token]: { count: taken, until: now() + holdMs } },
            ':next': (row.revision ?? 0) + 1,
            ...(row.revision === undefined ? {} : { ':seen': row.revision }),
          },
        });
        if (written === undefined) continue;
        return {
          count: taken,
          release: async () => {
            await update(tenant, id, {
              UpdateExpression: 'REMOVE leases.#token ADD revision :one',
              ConditionExpression: 'attribute_exists(leases.#token)',
              ExpressionAttributeNames: { '#token': token },
              ExpressionAttributeValues: { ':one': 1 },
            });
          },
        };
      }
      return { count: 0, release: async () => undefined };
    },
  };
}
