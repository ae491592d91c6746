import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AwsError } from '../aws/service.ts';
import { StartError } from '../start-error.ts';
import type { TableModel } from '../template/read-table.ts';
import type { DynamoEngine } from './open-tables.ts';

type Caller = Pick<DynamoEngine, 'call'>;

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const indexSchema = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.string(),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
});
const described = z.object({
  Table: z.object({
    KeySchema: keySchema,
    AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
    GlobalSecondaryIndexes: z.array(indexSchema).default([]),
  }),
});
const livingTime = z.object({ TimeToLiveDescription: z.object({ AttributeName: z.string().optional() }) });

type Shape = Pick<z.infer<typeof described>['Table'], 'KeySchema' | 'AttributeDefinitions'>;
type Index = z.infer<typeof indexSchema>;

async function describeTable(
  dynamo: Caller,
  name: string,
): Promise<z.infer<typeof described>['Table'] | undefined> {
  try {
    return described.parse(await dynamo.call('DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** Keys with their types. */
const keysOf = ({ AttributeDefinitions }: Shape, keys: Shape['KeySchema']): unknown =>
  keys.map(({ AttributeName, KeyType }) => [
    AttributeName,
    KeyType,
    AttributeDefinitions.find((attribute) => attribute.AttributeName === AttributeName)?.AttributeType,
  ]);

function indexShapes(shape: Shape, indexes: readonly Index[]): ReadonlyMap<string, unknown> {
  return new Map(
    indexes.map(({ IndexName, KeySchema, Projection }) => [
      IndexName,
      [keysOf(shape, KeySchema), Projection.ProjectionType, (Projection.NonKeyAttributes ?? []).toSorted()],
    ]),
  );
}

/** Removes the indexes that are not wanted so, then adds and fills those that are missing. */
async function ensureIndexes(
  dynamo: Caller,
  name: string,
  existing: Shape & { readonly GlobalSecondaryIndexes: readonly Index[] },
  wanted: Shape & { readonly GlobalSecondaryIndexes: readonly Index[] },
): Promise<void> {
  const have = indexShapes(existing, existing.GlobalSecondaryIndexes);
  const want = indexShapes(wanted, wanted.GlobalSecondaryIndexes);
  const isWanted = (index: string): boolean => isDeepStrictEqual(have.get(index), want.get(index));
  const changes = [
    ...[...have.keys()]
      .filter((IndexName) => !isWanted(IndexName))
      .map((IndexName) => ({ Delete: { IndexName } })),
    ...wanted.GlobalSecondaryIndexes.filter(({ IndexName }) => !isWanted(IndexName)).map((Create) => ({
      Create,
    })),
  ];
  if (changes.length === 0) return;
  await dynamo.call('UpdateTable', {
    TableName: name,
    AttributeDefinitions: wanted.AttributeDefinitions,
    GlobalSecondaryIndexUpdates: changes,
  });
}

async function ensureLivingTime(dynamo: Caller, { name, expiresAttribute }: TableModel): Promise<void> {
  const { TimeToLiveDescription } = livingTime.parse(
    await dynamo.call('DescribeTimeToLive', { TableName: name }),
  );
  const set = (AttributeName: string, Enabled: boolean) =>
    dynamo.call('UpdateTimeToLive', {
      TableName: name,
      TimeToLiveSpecification: { AttributeName, Enabled },
    });
  const known = TimeToLiveDescription.AttributeName;
  if (known === expiresAttribute) return;
  if (known !== undefined) await set(known, false);
  if (expiresAttribute !== undefined) await set(expiresAttribute, true);
}

/**
 * Makes the tables that are missing, and gives those of an earlier version the indexes and the time to live of the
 * template. Throws StartError for one with other keys.
 */
export async function ensureTables(
  dynamo: Caller,
  tables: readonly TableModel[],
  dataPath: string,
): Promise<void> {
  for (const table of tables) {
    const { name, create } = table;
    const wanted = described.parse({ Table: create }).Table;
    const existing = await describeTable(dynamo, name);
    if (existing === undefined) {
      await dynamo.call('CreateTable', create);
    } else if (isDeepStrictEqual(keysOf(existing, existing.KeySchema), keysOf(wanted, wanted.KeySchema))) {
      await ensureIndexes(dynamo, name, existing, wanted);
    } else {
      throw new StartError(
        `Table ${name} in ${dataPath} has other keys than this version's. Use the version that made it, or an empty folder with --data DIR.`,
      );
    }
    await ensureLivingTime(dynamo, table);
  }
}
