import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { scriptSchema } from '../hook.ts';
import type { Script } from '../hook.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure, openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

const kind = 'script';

/** False when the condition of a write does not hold. */
async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

/** Scripts by name. */
export interface ScriptRows extends Omit<ConfigRows<Script>, 'put' | 'remove'> {
  /** False when there is a script of that name. */
  create(script: Script): Promise<boolean>;
  /** False when it was changed since it was read, or is gone. */
  remove(script: Script): Promise<boolean>;
}

export function openScripts(dynamo: DynamoDBDocumentClient, tableName: string): ScriptRows {
  const rows = openConfigRows(dynamo, tableName, kind, scriptSchema);
  const keyOf = ({ tenant, name }: Script) => ({ pk: `${tenant}#${kind}`, sk: name });
  return {
    get: rows.get,
    listPage: rows.listPage,
    listAll: rows.listAll,
    update: rows.update,

    create: (script) =>
      isDone(
        dynamo.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...keyOf(script), ...script },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      ),

    remove: (script) =>
      isDone(
        dynamo.send(
          new DeleteCommand({
            TableName: tableName,
            Key: keyOf(script),
            ConditionExpression: 'updated_at = :seen',
            ExpressionAttributeValues: { ':seen': script.updated_at },
          }),
        ),
      ),
  };
}

/** Who needs a content to stay until what refers to it is written. */
export interface Holder {
  /** Unique, such as the id of a request. */
  readonly id: string;
  readonly nowMs: number;
}

/** Twice as long as a request may take: a hold ends by itself when its holder died. */
export const holdMs = 60_000;

/** Whether a content may be dropped. */
export type ContentState =
  | { readonly kind: 'gone' }
  | { readonly kind: 'held' }
  | { readonly kind: 'free'; readonly lastHolder: string | undefined };

/**
 * What scripts contain, addressed by the hex SHA-256 of the content. Whoever is about to refer to a content holds it
 * until that is written. Whoever drops one looks at it, then for references, then removes it as it was seen. So nothing
 * refers to a content that is gone, whoever comes between and wherever one of them is stopped.
 */
export interface ScriptBodies {
  get(tenant: string, sha256: string): Promise<string | undefined>;
  /** Stores a content that may be stored already, and holds it. */
  put(tenant: string, sha256: string, body: string, holder: Holder): Promise<void>;
  /** Keeps a content from being dropped until it is released, or for a minute. False when there is no such content. */
  hold(tenant: string, sha256: string, holder: Holder): Promise<boolean>;
  release(tenant: string, sha256: string, holderId: string): Promise<void>;
  look(tenant: string, sha256: string, nowMs: number): Promise<ContentState>;
  /** Drops a content. False when somebody has held it since it was seen. */
  remove(tenant: string, sha256: string, seen: ContentState & { readonly kind: 'free' }): Promise<boolean>;
}

const bodySchema = z.object({ body: z.string() });
const holdsSchema = z.object({
  held_by: z.set(z.string()).optional(),
  held_until: z.number().default(0),
  last_holder: z.string().optional(),
});

export function openScriptBodies(dynamo: DynamoDBDocumentClient, tableName: string): ScriptBodies {
  const keyOf = (tenant: string, sha256: string) => ({ pk: `${tenant}#script-body#${sha256}`, sk: 'body' });

  const add = (tenant: string, sha256: string, body: string, { id, nowMs }: Holder) =>
    isDone(
      dynamo.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            ...keyOf(tenant, sha256),
            body,
            held_by: new Set([id]),
            held_until: nowMs + holdMs,
            last_holder: id,
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );

  const hold: ScriptBodies['hold'] = (tenant, sha256, { id, nowMs }) =>
    isDone(
      dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: keyOf(tenant, sha256),
          ConditionExpression: 'attribute_exists(pk)',
          UpdateExpression: 'ADD held_by :holder SET held_until = :until, last_holder = :last',
          ExpressionAttributeValues: { ':holder': new Set([id]), ':until': nowMs + holdMs, ':last': id },
        }),
      ),
    );

  return {
    hold,

    async get(tenant, sha256) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: keyOf(tenant, sha256), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : bodySchema.parse(Item).body;
    },

    async put(tenant, sha256, body, holder) {
      while (!(await hold(tenant, sha256, holder)) && !(await add(tenant, sha256, body, holder)));
    },

    async release(tenant, sha256, holderId) {
      await isDone(
        dynamo.send(
          new UpdateCommand({
            TableName: tableName,
            Key: keyOf(tenant, sha256),
            ConditionExpression: 'attribute_exists(pk)',
            UpdateExpression: 'DELETE held_by :holder',
            ExpressionAttributeValues: { ':holder': new Set([holderId]) },
          }),
        ),
      );
    },

    async look(tenant, sha256, nowMs) {
      const { Item } = await dynamo.send(
        new GetCommand({
          TableName: tableName,
          Key: keyOf(tenant, sha256),
          ProjectionExpression: 'pk, held_by, held_until, last_holder',
          ConsistentRead: true,
        }),
      );
      if (Item === undefined) return { kind: 'gone' };
      const { held_by, held_until, last_holder } = holdsSchema.parse(Item);
      const isHeld = held_by !== undefined && held_until >= nowMs;
      return isHeld ? { kind: 'held' } : { kind: 'free', lastHolder: last_holder };
    },

    remove: (tenant, sha256, { lastHolder }) =>
      isDone(
        dynamo.send(
          new DeleteCommand({
            TableName: tableName,
            Key: keyOf(tenant, sha256),
            ...(lastHolder === undefined
              ? { ConditionExpression: 'attribute_not_exists(last_holder)' }
              : {
                  ConditionExpression: 'last_holder = :last',
                  ExpressionAttributeValues: { ':last': lastHolder },
                }),
          }),
        ),
      ),
  };
}
