import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AwsError } from '../aws/service.ts';
import { StartError } from '../start-error.ts';
import type { TableModel } from '../template/read-table.ts';
import type { DynamoEngine } from './open-dynalite.ts';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));

const described = z.object({
  Table: z.object({
    KeySchema: keySchema,
    GlobalSecondaryIndexes: z.array(z.object({ IndexName: z.string(), KeySchema: keySchema })).default([]),
  }),
});

type Shape = z.infer<typeof described>['Table'];

async function describeTable(dynamo: Pick<DynamoEngine, 'call'>, name: string): Promise<Shape | undefined> {
  try {
    return described.parse(await dynamo.call('DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function shapeOf(
  keys: Shape['KeySchema'],
  indexes: readonly { IndexName: string; KeySchema: Shape['KeySchema'] }[],
): unknown {
  const sorted = [...indexes].sort((one, other) => (one.IndexName < other.IndexName ? -1 : 1));
  return { keys, indexes: sorted.map(({ IndexName, KeySchema }) => ({ IndexName, KeySchema })) };
}

async function waitUntilActive(dynamo: Pick<DynamoEngine, 'call'>, name: string): Promise<void> {
  const status = z.object({ Table: z.object({ TableStatus: z.string() }) });
  for (;;) {
    const answer = status.parse(await dynamo.call('DescribeTable', { TableName: name }));
    if (answer.Table.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Makes the tables that are missing. Throws StartError for one whose keys or indexes differ from the template's. */
export async function ensureTables(
  dynamo: Pick<DynamoEngine, 'call'>,
  tables: readonly TableModel[],
  dataPath: string,
): Promise<void> {
  for (const { name, create } of tables) {
    const existing = await describeTable(dynamo, name);
    if (existing === undefined) {
      await dynamo.call('CreateTable', create);
      await waitUntilActive(dynamo, name);
      continue;
    }
    const wanted = shapeOf(
      create.KeySchema.map((key) => ({ ...key })),
      (create.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema }) => ({
        IndexName,
        KeySchema: KeySchema.map((key) => ({ ...key })),
      })),
    );
    if (!isDeepStrictEqual(shapeOf(existing.KeySchema, existing.GlobalSecondaryIndexes), wanted)) {
      throw new StartError(
        `Table ${name} in ${dataPath} has other keys or indexes than this version's. Use the version that made it, or an empty folder with --data DIR.`,
      );
    }
  }
}
