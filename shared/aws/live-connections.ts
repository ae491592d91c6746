import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { viewerSchema } from '../live-viewer.ts';
import type { Viewer } from '../live-viewer.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import type { Pause } from './retry-rest.ts';
import { writeItems } from './write-items.ts';

/** The connections of live viewers. */
export interface LiveConnections {
  put(viewer: Viewer): Promise<void>;
  /** The tenant's viewers whose time is not over. */
  list(tenant: string): Promise<Viewer[]>;
  remove(viewer: Pick<Viewer, 'tenant' | 'connection_id'>): Promise<void>;
  /** Whether the viewer has not left, as far as is known. */
  has(viewer: Pick<Viewer, 'tenant' | 'connection_id'>): Promise<boolean>;
  /** False when there was no such connection. */
  removeById(connectionId: string): Promise<boolean>;
}

const directionSchema = z.object({ tenant: z.string().min(1) });

/**
 * Two items a connection: a tenant's viewers lie together, so that pushing is one query, and the connection's id
 * alone leads to its tenant, since that is all that a disconnect knows. One of a viewer who came back has a third.
 */
export const viewersKeyOf = (tenant: string): string => `${tenant}#viewer`;
const viewerKey = ({ tenant, connection_id }: Pick<Viewer, 'tenant' | 'connection_id'>) => ({
  pk: viewersKeyOf(tenant),
  sk: connection_id,
});
const directionKey = (connectionId: string) => ({ pk: `connection#${connectionId}`, sk: 'connection' });
/** Where it is kept what a viewer who came back was told of. */
export const toldKeyOf = (connectionId: string) => ({ pk: `connection#${connectionId}`, sk: 'told' });

export function openLiveConnections(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
  pause?: Pause,
): LiveConnections {
  const remove: LiveConnections['remove'] = (viewer) =>
    writeItems(
      dynamo,
      tableName,
      [viewerKey(viewer), directionKey(viewer.connection_id), toldKeyOf(viewer.connection_id)].map((Key) => ({
        DeleteRequest: { Key },
      })),
      pause,
    );

  return {
    remove,

    async put(viewer) {
      const { tenant, connection_id, expires_at } = viewer;
      const items = [
        { ...viewerKey(viewer), ...viewer },
        { ...directionKey(connection_id), tenant, expires_at },
      ];
      await writeItems(
        dynamo,
        tableName,
        items.map((Item) => ({ PutRequest: { Item } })),
        pause,
      );
    },

    async list(tenant) {
      const viewers: Viewer[] = [];
      let startKey: Record<string, unknown> | undefined;
      do {
        const answer = await dynamo.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': viewersKeyOf(tenant) },
            // Who is connected when an event is published is to see it.
            ConsistentRead: true,
            ExclusiveStartKey: startKey,
          }),
        );
        viewers.push(...(answer.Items ?? []).map((item) => viewerSchema.parse(item)));
        startKey = answer.LastEvaluatedKey;
      } while (startKey !== undefined);
      // DynamoDB deletes what has expired within days.
      return viewers.filter(({ expires_at }) => expires_at * 1000 > now());
    },

    async has(viewer) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: viewerKey(viewer), ConsistentRead: true }),
      );
      return Item !== undefined;
    },

    async removeById(connectionId) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: directionKey(connectionId), ConsistentRead: true }),
      );
      if (Item === undefined) return false;
      const { tenant } = directionSchema.parse(Item);
      await remove({ tenant, connection_id: connectionId });
      return true;
    },
  };
}
