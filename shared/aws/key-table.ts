import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { apiKeySchema } from '../api-key.ts';
import type { ApiKey } from '../api-key.ts';
import type { DynamoDBDocumentClient } from './clients.ts';

/** API keys by their hash. */
export interface ApiKeys {
  get(keySha256: string): Promise<ApiKey | undefined>;
  put(key: ApiKey): Promise<void>;
}

export function openApiKeys(dynamo: DynamoDBDocumentClient, tableName: string): ApiKeys {
  const keyOf = (sha256: string) => ({ pk: `api-key#${sha256}`, sk: 'api-key' });
  return {
    async get(keySha256) {
      // Consistent: the gateway would remember for minutes that a key made a moment ago is not known.
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: keyOf(keySha256), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : apiKeySchema.parse(Item);
    },
    async put(key) {
      await dynamo.send(new PutCommand({ TableName: tableName, Item: { ...keyOf(key.key_sha256), ...key } }));
    },
  };
}
