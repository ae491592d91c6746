import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEcs, createEventBridge, createSqs } from '../../shared/aws/clients.ts';
import { openRunLedger } from '../../shared/aws/hook-run-ledger.ts';
import { openRunQueue } from '../../shared/aws/hook-run-queue.ts';
import { createRecordRun } from '../../shared/aws/hook-table.ts';
import { openLeaseRow } from '../../shared/aws/hook-worker-lease.ts';
import { openEnsureWorker } from '../../shared/aws/hook-worker.ts';
import { createPublishExecutions } from '../../shared/aws/publish-executions.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createCloseHookTask, taskStoppedSchema } from './close-hook-task.ts';
import { envSchema } from './env.ts';

const env = readEnv(envSchema);
const dynamo = createDynamo();
const audiences = openAudiences(dynamo, env.CONFIG_TABLE, Date.now);
const rows = Array.from({ length: env.HOOK_WORKERS_MAX }, (_, place) =>
  openLeaseRow(dynamo, env.LEDGER_TABLE, place, Date.now),
);

const closeHookTask = createCloseHookTask({
  runs: openRunLedger(dynamo, env.LEDGER_TABLE),
  queue: openRunQueue(createSqs(), env.HOOK_RUN_QUEUE_URL),
  rows,
  ensureWorker: openEnsureWorker({ dynamo, ecs: createEcs(), env, now: Date.now }),
  recordRun: createRecordRun(dynamo, env.CONFIG_TABLE, {
    onDisabled: ({ tenant }) => audiences.hooksChanged(tenant),
    now: Date.now,
  }),
  publishEvents: createPublishExecutions(createEventBridge(), dynamo, env),
  now: Date.now,
  log: createLog('close-hook-task'),
});

export const handler = (event: unknown): Promise<void> =>
  closeHookTask(taskStoppedSchema.parse(event).detail);
