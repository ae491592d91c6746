import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Audience } from '../audience.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import type { ConfigRows } from './config-rows.ts';

/** The one row of a tenant that says who listens to its events. */
export interface Audiences {
  /** A consistent read: whoever listened before an event was published hears it. */
  get(tenant: string): Promise<Audience>;
  /** Says that a webhook changed. After the change itself, before its answer. */
  webhooksChanged(tenant: string): Promise<void>;
  /** Says that a hook changed, and that there is one. */
  hooksChanged(tenant: string): Promise<void>;
  /** Says that a viewer may watch until then, epoch seconds. */
  watchedUntil(tenant: string, seconds: number): Promise<void>;
}

const rowSchema = z.object({
  version: z.int().default(0),
  hooks: z.boolean().default(false),
  watched_until: z.number().default(0),
});

/** Where a tenant's row lies. */
export const audienceKeyOf = (tenant: string) => ({ pk: `${tenant}#audience`, sk: 'audience' });

/** Reads a row, or that there is none. */
export function readAudience(item: Record<string, unknown> | undefined, nowMs: number): Audience {
  const { version, hooks, watched_until } = rowSchema.parse(item ?? {});
  return { version, hooks, live: watched_until * 1000 > nowMs };
}

/** Opens the rows in the config table. `now` in epoch milliseconds. */
export function openAudiences(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): Audiences {
  const update = async (
    tenant: string,
    UpdateExpression: string,
    ExpressionAttributeValues: Record<string, unknown>,
  ): Promise<void> => {
    await dynamo.send(
      new UpdateCommand({
        TableName: tableName,
        Key: audienceKeyOf(tenant),
        UpdateExpression,
        ExpressionAttributeValues,
      }),
    );
  };

  return {
    async get(tenant) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: audienceKeyOf(tenant), ConsistentRead: true }),
      );
      return readAudience(Item, now());
    },
    webhooksChanged: (tenant) => update(tenant, 'ADD version :one', { ':one': 1 }),
    hooksChanged: (tenant) =>
      update(tenant, 'SET hooks = :true ADD version :one', { ':one': 1, ':true': true }),
    watchedUntil: (tenant, seconds) => update(tenant, 'SET watched_until = :until', { ':until': seconds }),
  };
}

/** Rows whose every change is told to their tenant's audience before it is answered. */
export function announceChanges<Row>(
  rows: ConfigRows<Row>,
  changed: (tenant: string) => Promise<void>,
): ConfigRows<Row> {
  const after =
    <Arguments extends [tenant: string, ...unknown[]], Result>(
      change: (...given: Arguments) => Promise<Result>,
    ) =>
    async (...given: Arguments): Promise<Result> => {
      const result = await change(...given);
      await changed(given[0]);
      return result;
    };
  return {
    ...rows,
    put: after((tenant: string, id: string, row: Row) => rows.put(tenant, id, row)),
    update: after(rows.update),
    remove: after((tenant: string, id: string) => rows.remove(tenant, id)),
  };
}
