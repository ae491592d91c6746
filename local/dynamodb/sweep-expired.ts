import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { describeError } from '../start-error.ts';
import type { TableModel } from '../template/read-table.ts';
import type { DynamoEngine } from './open-tables.ts';

// Small batches keep one sweep from holding up requests in the same process.
const batchMax = 200;
const sweepEveryMs = 300_000;

/** Deletes the rows whose time has come; answers how many. */
export async function sweepTable(
  dynamo: Pick<DynamoEngine, 'removeExpired'>,
  { name }: Pick<TableModel, 'name'>,
  now: Date,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const count = dynamo.removeExpired(name, now, batchMax);
    deleted += count;
    if (count < batchMax) return deleted;
    await nextTurn();
  }
}

/** Sweeps the tables that have a time to live every five minutes, as DynamoDB itself does, only sooner. */
export function startSweeping(options: {
  readonly dynamo: Pick<DynamoEngine, 'removeExpired'>;
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
