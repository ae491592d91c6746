import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { SourceId } from '../ids.ts';
import { sourceSchema } from '../source.ts';
import type { Source } from '../source.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

/** The sources of a tenant, and each by its id alone: who sends tells nothing else. */
export interface Sources extends Pick<ConfigRows<Source>, 'get' | 'listPage'> {
  /** Finds a source of whatever tenant. A consistent read: a deleted source is gone at once. */
  find(id: SourceId): Promise<Source | undefined>;
  add(source: Source): Promise<void>;
  /** False when the tenant has no such source. */
  remove(tenant: string, id: SourceId): Promise<boolean>;
}

const ownerSchema = z.object({ tenant: z.string() });

/**
 * Opens the sources. Each is a row of its tenant and one that leads from its id to the tenant; that one is written
 * first and removed first, so that a request that dies halfway leaves no source that is listed and cannot be removed.
 */
export function openSources(dynamo: DynamoDBDocumentClient, tableName: string): Sources {
  const rows = openConfigRows(dynamo, tableName, 'source', sourceSchema);
  const ownerKey = (id: SourceId) => ({ pk: `source#${id}`, sk: 'owner' });
  return {
    get: rows.get,
    listPage: rows.listPage,

    async find(id) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: ownerKey(id), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : rows.get(ownerSchema.parse(Item).tenant, id);
    },

    async add(source) {
      const { id, tenant } = source;
      await dynamo.send(new PutCommand({ TableName: tableName, Item: { ...ownerKey(id), tenant } }));
      await rows.put(tenant, id, source);
    },

    async remove(tenant, id) {
      if ((await rows.get(tenant, id)) === undefined) return false;
      await dynamo.send(new DeleteCommand({ TableName: tableName, Key: ownerKey(id) }));
      return rows.remove(tenant, id);
    },
  };
}
