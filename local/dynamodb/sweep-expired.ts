import { z } from 'zod';
import type { Log } from '../log.ts';
import { describeError } from '../start-error.ts';
import type { TableModel } from '../template/read-table.ts';
import type { DynamoEngine } from './open-dynalite.ts';

const item = z.record(z.string(), z.unknown());
const page = z.object({ Items: z.array(item).default([]), LastEvaluatedKey: item.optional() });
const written = z.object({ UnprocessedItems: z.record(z.string(), z.array(z.unknown())).default({}) });

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const batchMax = 25;
// Small pages keep one sweep from holding up requests in the same process.
const pageItemsMax = 200;
const sweepEveryMs = 300_000;

async function deleteKeys(
  dynamo: Pick<DynamoEngine, 'call'>,
  name: string,
  keys: readonly unknown[],
): Promise<number> {
  let left = 0;
  for (let at = 0; at < keys.length; at += batchMax) {
    const requests = keys.slice(at, at + batchMax).map((Key) => ({ DeleteRequest: { Key } }));
    const answer = written.parse(await dynamo.call('BatchWriteItem', { RequestItems: { [name]: requests } }));
    left += answer.UnprocessedItems[name]?.length ?? 0;
  }
  return keys.length - left;
}

/** Deletes the rows whose time has come; answers how many. Rows that stay unprocessed are found by the next sweep. */
export async function sweepTable(
  dynamo: Pick<DynamoEngine, 'call'>,
  table: TableModel,
  now: Date,
): Promise<number> {
  const { name, create, expiresAttribute } = table;
  if (expiresAttribute === undefined) return 0;
  const keyNames = Object.fromEntries(create.KeySchema.map((key, at) => [`#k${at}`, key.AttributeName]));
  let deleted = 0;
  let from: unknown;
  do {
    const { Items, LastEvaluatedKey } = page.parse(
      await dynamo.call('Scan', {
        TableName: name,
        Limit: pageItemsMax,
        FilterExpression: '#expires < :now',
        ProjectionExpression: Object.keys(keyNames).join(', '),
        ExpressionAttributeNames: { ...keyNames, '#expires': expiresAttribute },
        ExpressionAttributeValues: { ':now': { N: String(Math.floor(now.getTime() / 1000)) } },
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    deleted += await deleteKeys(dynamo, name, Items);
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return deleted;
}

/** Sweeps the tables that have a time to live every five minutes, as DynamoDB itself does, only sooner. */
export function startSweeping(options: {
  readonly dynamo: Pick<DynamoEngine, 'call'>;
  readonly tables: readonly TableModel[];
  readonly now: () => Date;
  readonly log: Log;
}): { stop(): Promise<void> } {
  const { dynamo, log } = options;
  let isStopped = false;
  let sweeping = Promise.resolve();

  const sweep = async (): Promise<void> => {
    for (const table of options.tables) {
      if (isStopped) return;
      const deleted = await sweepTable(dynamo, table, options.now());
      if (deleted > 0)
        log({
          level: 'info',
          source: 'dynamodb',
          message: `${deleted} expired rows deleted from ${table.name}`,
        });
    }
  };
  const timer = setInterval(() => {
    sweeping = sweeping.then(sweep).catch((error: unknown) => {
      log({ level: 'error', source: 'dynamodb', message: `sweeping expired rows: ${describeError(error)}` });
    });
  }, sweepEveryMs);
  timer.unref();
  return {
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}
