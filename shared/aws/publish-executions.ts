import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ExecutionEnv } from '../execution-env.ts';
import type { DynamoDBDocumentClient, EventBridgeClient } from './clients.ts';
import { viewersKeyOf } from './live-connections.ts';
import { createPublishEvents } from './put-events.ts';
import type { PublishEvents } from './put-events.ts';

/** Whether anybody watches a tenant's live stream. */
export type IsWatched = (tenant: string) => Promise<boolean>;

/** One read of the first viewer, consistent: who is connected when a delivery ends is told of it. */
export function createIsWatched(dynamo: DynamoDBDocumentClient, tableName: string): IsWatched {
  return async (tenant) => {
    const { Count = 0 } = await dynamo.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': viewersKeyOf(tenant) },
        ConsistentRead: true,
        Select: 'COUNT',
        Limit: 1,
      }),
    );
    return Count > 0;
  };
}

/**
 * Publishes only the events of tenants who are watched: `hook_executed` reaches live viewers and nobody else, and
 * costs as much on the bus as the event that it tells of. A tenant whose viewers cannot be read counts as watched.
 */
export function publishWhenWatched(publishEvents: PublishEvents, isWatched: IsWatched): PublishEvents {
  return async (events) => {
    const tenants = [...new Set(events.map(({ tenant }) => tenant))];
    const watched = await Promise.all(tenants.map((tenant) => isWatched(tenant).catch(() => true)));
    return publishEvents(events.filter(({ tenant }) => watched[tenants.indexOf(tenant)] === true));
  };
}

/** The `PublishEvents` for `hook_executed`, as the deployment wants it. */
export function createPublishExecutions(
  eventBridge: EventBridgeClient,
  dynamo: DynamoDBDocumentClient,
  env: ExecutionEnv,
): PublishEvents {
  const publishEvents = createPublishEvents(eventBridge, env.EVENT_BUS_NAME);
  return env.PUBLISH_HOOK_EXECUTED === 'always'
    ? publishEvents
    : publishWhenWatched(publishEvents, createIsWatched(dynamo, env.CONNECTIONS_TABLE));
}
