import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import type { Page } from '../cursor.ts';
import type { DynamoDBDocumentClient } from './clients.ts';

/** The rows of one kind that a tenant owns in the config table. */
export interface ConfigRows<Row> {
  get(tenant: string, id: string): Promise<Row | undefined>;
  /** Sorted by id. */
  listPage(tenant: string, page: { limit: number; afterId?: string | undefined }): Promise<Page<Row>>;
  listAll(tenant: string): Promise<Row[]>;
  put(tenant: string, id: string, row: Row): Promise<void>;
  /**
   * Writes the given fields and removes those that are undefined. Undefined when there is no such row, or one that
   * no longer holds what `unchanged` names; there undefined means that the field is absent.
   */
  update(
    tenant: string,
    id: string,
    fields: Partial<Row>,
    unchanged?: Partial<Row>,
  ): Promise<Row | undefined>;
  /** False when there was no such row. */
  remove(tenant: string, id: string): Promise<boolean>;
}

/** Whether a conditional write found its condition false. */
export const isConditionFailure = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException;

/** Opens the rows of one kind; each row is parsed on its way out, so that a bad one fails here by name. */
export function openConfigRows<Schema extends z.ZodType<Readonly<Record<string, unknown>>>>(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  kind: string,
  schema: Schema,
): ConfigRows<z.output<Schema>> {
  type Row = z.output<Schema>;
  const keyOf = (tenant: string, id: string) => ({ pk: `${tenant}#${kind}`, sk: id });
  const parse = (item: unknown): Row => schema.parse(item);

  const listPage: ConfigRows<Row>['listPage'] = async (tenant, { limit, afterId }) => {
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `${tenant}#${kind}` },
        ConsistentRead: true,
        ExclusiveStartKey: afterId === undefined ? undefined : keyOf(tenant, afterId),
        Limit: limit,
      }),
    );
    const nextKey: unknown = answer.LastEvaluatedKey?.['sk'];
    return {
      items: (answer.Items ?? []).map(parse),
      nextKey: typeof nextKey === 'string' ? nextKey : undefined,
    };
  };

  return {
    listPage,

    async listAll(tenant) {
      const rows: Row[] = [];
      let afterId: string | undefined;
      do {
        const page = await listPage(tenant, { limit: 1000, afterId });
        rows.push(...page.items);
        afterId = page.nextKey;
      } while (afterId !== undefined);
      return rows;
    },

    async get(tenant, id) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: keyOf(tenant, id), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : parse(Item);
    },

    async put(tenant, id, row) {
      await dynamo.send(new PutCommand({ TableName: tableName, Item: { ...keyOf(tenant, id), ...row } }));
    },

    async update(tenant, id, fields, unchanged = {}) {
      const entries = Object.entries(fields);
      const set = entries.filter(([, value]) => value !== undefined);
      const unset = entries.filter(([, value]) => value === undefined);
      const expected = Object.entries(unchanged);
      const held = expected.filter(([, value]) => value !== undefined);
      const conditions = expected.map(([name, value]) =>
        value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :was_${name}`,
      );
      const values = [
        ...set.map(([name, value]) => [`:${name}`, value]),
        ...held.map(([name, value]) => [`:was_${name}`, value]),
      ];
      const expression = [
        set.length > 0 ? `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}` : '',
        unset.length > 0 ? `REMOVE ${unset.map(([name]) => `#${name}`).join(', ')}` : '',
      ];
      try {
        const { Attributes } = await dynamo.send(
          new UpdateCommand({
            TableName: tableName,
            Key: keyOf(tenant, id),
            ConditionExpression: ['attribute_exists(pk)', ...conditions].join(' AND '),
            UpdateExpression: expression.join(' ').trim(),
            ExpressionAttributeNames: Object.fromEntries(
              [...entries, ...expected].map(([name]) => [`#${name}`, name]),
            ),
            ...(values.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(values) } : {}),
            ReturnValues: 'ALL_NEW',
          }),
        );
        return parse(Attributes);
      } catch (error) {
        if (isConditionFailure(error)) return undefined;
        throw error;
      }
    },

    async remove(tenant, id) {
      try {
        await dynamo.send(
          new DeleteCommand({
            TableName: tableName,
            Key: keyOf(tenant, id),
            ConditionExpression: 'attribute_exists(pk)',
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        throw error;
      }
    },
  };
}
