import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * What the process hosting a function may lay over every client's configuration, such as a request handler that
 * reaches an engine without a socket. On AWS nobody sets it.
 */
const overrideKey = Symbol.for('sublarr-events.aws-client-override');

function override(): Record<string, unknown> {
  const value: unknown = Reflect.get(globalThis, overrideKey);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export const createDynamo = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(override()), {
    marshallOptions: { removeUndefinedValues: true },
  });
export const createSqs = (): SQSClient => new SQSClient(override());
export const createEventBridge = (): EventBridgeClient => new EventBridgeClient(override());
export const createKms = (): KMSClient => new KMSClient(override());
export const createEcs = (): ECSClient => new ECSClient(override());
/** @param endpoint the callback URL of a WebSocket stage: each has one of its own */
export const createLiveApi = (endpoint: string): ApiGatewayManagementApiClient =>
  new ApiGatewayManagementApiClient({ ...override(), endpoint });

export type {
  ApiGatewayManagementApiClient,
  DynamoDBDocumentClient,
  ECSClient,
  EventBridgeClient,
  KMSClient,
  SQSClient,
};
