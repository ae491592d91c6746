import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Viewer } from '../live-viewer.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { toldKeyOf } from './live-connections.ts';

type Connection = Pick<Viewer, 'connection_id' | 'expires_at'>;

/** What a viewer was told of by whom: replay and the live stream never tell it of the same event. */
export interface LiveClaims {
  /** Answers those ids that nobody has claimed before; they are the caller's to tell. */
  claim(connection: Connection, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Gives back what could not be told. */
  release(connection: Connection, ids: readonly string[]): Promise<void>;
}

const toldSchema = z.object({ told: z.set(z.string()).optional() }).optional();

/** Opens the claims in the connections table: one set of ids per connection, which grows in one piece. */
export function openLiveClaims(dynamo: DynamoDBDocumentClient, tableName: string): LiveClaims {
  return {
    async claim({ connection_id, expires_at }, ids) {
      if (ids.length === 0) return new Set();
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: toldKeyOf(connection_id),
          UpdateExpression: 'ADD told :ids SET expires_at = :expires_at',
          ExpressionAttributeValues: { ':ids': new Set(ids), ':expires_at': expires_at },
          ReturnValues: 'UPDATED_OLD',
        }),
      );
      const before = toldSchema.parse(Attributes)?.told ?? new Set<string>();
      return new Set(ids.filter((id) => !before.has(id)));
    },

    async release({ connection_id }, ids) {
      if (ids.length === 0) return;
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: toldKeyOf(connection_id),
          UpdateExpression: 'DELETE told :ids',
          ExpressionAttributeValues: { ':ids': new Set(ids) },
        }),
      );
    },
  };
}
