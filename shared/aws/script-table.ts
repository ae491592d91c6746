import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { scriptSchema } from '../hook.ts';
import type { Script } from '../hook.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

/** Scripts by name. */
export const openScripts = (dynamo: DynamoDBDocumentClient, tableName: string): ConfigRows<Script> =>
  openConfigRows(dynamo, tableName, 'script', scriptSchema);

/** What scripts contain, addressed by the hex SHA-256 of the content. */
export interface ScriptBodies {
  get(tenant: string, sha256: string): Promise<string | undefined>;
  put(tenant: string, sha256: string, body: string): Promise<void>;
  remove(tenant: string, sha256: string): Promise<void>;
}

const bodySchema = z.object({ body: z.string() });

export function openScriptBodies(dynamo: DynamoDBDocumentClient, tableName: string): ScriptBodies {
  const keyOf = (tenant: string, sha256: string) => ({ pk: `${tenant}#script-body#${sha256}`, sk: 'body' });
  return {
    async get(tenant, sha256) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: keyOf(tenant, sha256), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : bodySchema.parse(Item).body;
    },
    async put(tenant, sha256, body) {
      await dynamo.send(new PutCommand({ TableName: tableName, Item: { ...keyOf(tenant, sha256), body } }));
    },
    async remove(tenant, sha256) {
      await dynamo.send(new DeleteCommand({ TableName: tableName, Key: keyOf(tenant, sha256) }));
    },
  };
}
