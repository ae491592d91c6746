import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { ApiError } from '../api-error.ts';
import { noOverrides, scoringRowSchema } from '../scoring-overrides.ts';
import type { ScoringChange, ScoringRow } from '../scoring-overrides.ts';
import type { ScoringOverrides } from '../scoring.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure } from './config-rows.ts';

/**
 * What a tenant set, and the version of it that caches compare. Two rows: the version is read on every request and
 * always costs the least that a read can, however many providers have a modifier.
 */
export interface ScoringTable {
  load(tenant: string): Promise<ScoringOverrides>;
  /** 0 until it is first raised. */
  readVersion(tenant: string): Promise<number>;
  /** Makes every cache load the overrides again before its next answer. */
  raiseVersion(tenant: string): Promise<void>;
  /**
   * Writes what `change` makes of the current overrides, then raises the version. Throws `ApiError` 409 when others
   * keep writing in between, and whatever `change` throws.
   */
  change(tenant: string, change: ScoringChange): Promise<ScoringOverrides>;
}

const writesMax = 10;
const versionSchema = z.object({ version: z.int() });

export function openScoringTable(dynamo: DynamoDBDocumentClient, tableName: string): ScoringTable {
  const keyOf = (tenant: string, sk: 'overrides' | 'version') => ({ pk: `${tenant}#scoring`, sk });

  const get = async (tenant: string, sk: 'overrides' | 'version'): Promise<unknown> => {
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: tableName, Key: keyOf(tenant, sk), ConsistentRead: true }),
    );
    return Item;
  };

  const read = async (tenant: string): Promise<ScoringRow> =>
    scoringRowSchema.parse((await get(tenant, 'overrides')) ?? { ...noOverrides });

  /** False when the row is no longer at the revision that `next` was made of. */
  const swap = async (tenant: string, seen: ScoringRow, next: ScoringOverrides): Promise<boolean> => {
    try {
      await dynamo.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            ...keyOf(tenant, 'overrides'),
            weights: next.weights,
            // As a Map: the SDK looks at the `constructor` of an object, which a provider may be called.
            provider_modifiers: new Map(Object.entries(next.provider_modifiers)),
            revision: seen.revision + 1,
          },
          ...(seen.revision === 0
            ? { ConditionExpression: 'attribute_not_exists(revision)' }
            : {
                ConditionExpression: 'revision = :seen',
                ExpressionAttributeValues: { ':seen': seen.revision },
              }),
        }),
      );
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  };

  const raiseVersion = async (tenant: string): Promise<void> => {
    await dynamo.send(
      new UpdateCommand({
        TableName: tableName,
        Key: keyOf(tenant, 'version'),
        UpdateExpression: 'ADD #version :one',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':one': 1 },
      }),
    );
  };

  return {
    async load(tenant) {
      const { revision: _, ...overrides } = await read(tenant);
      return overrides;
    },

    async readVersion(tenant) {
      const row = await get(tenant, 'version');
      return row === undefined ? 0 : versionSchema.parse(row).version;
    },

    raiseVersion,

    async change(tenant, change) {
      for (let writes = 0; writes < writesMax; writes++) {
        const seen = await read(tenant);
        const { revision: _, ...current } = seen;
        const next = change(current);
        if (!(await swap(tenant, seen, next))) continue;
        // After the write: a cache that loads under the new version must find what it stands for.
        await raiseVersion(tenant);
        return next;
      }
      throw new ApiError(
        'conflict',
        'The scoring is being changed by others at this moment. Send the request again.',
      );
    },
  };
}
