import { setTimeout as delay } from 'node:timers/promises';
import { createDynamo, createEventBridge, createSqs } from '../../shared/aws/clients.ts';
import { openRunLedger } from '../../shared/aws/hook-run-ledger.ts';
import { openRunQueue } from '../../shared/aws/hook-run-queue.ts';
import { createRecordRun, openHooks } from '../../shared/aws/hook-table.ts';
import { openLeaseRow, openWorkerLease } from '../../shared/aws/hook-worker-lease.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { createPublishExecutions } from '../../shared/aws/publish-executions.ts';
import { openScriptBodies } from '../../shared/aws/script-table.ts';
import { keepFresh } from '../../shared/keep-fresh.ts';
import { subscriptionCacheMs } from '../../shared/limits.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { drainQueue } from './drain-queue.ts';
import { containerEnvSchema, envSchema } from './env.ts';
import type { Pause } from './insist.ts';
import { listenForStop } from './listen-for-stop.ts';
import { readTaskArn } from './read-task-arn.ts';
import { createRunHook } from './run-hook.ts';
import { createRunScript } from './run-script.ts';
import { createLoadScript } from './store-script.ts';
import { createWorkFolder } from './work-folder.ts';

const log = createLog('hook-runner');
const pause: Pause = (ms, signal) =>
  delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);

async function work(): Promise<void> {
  const env = readEnv(envSchema);
  const container = readEnv(containerEnvSchema);
  const stop = listenForStop(process);
  const taskArn = await readTaskArn(container.ECS_CONTAINER_METADATA_URI_V4);
  const dynamo = createDynamo();
  const queue = openRunQueue(createSqs(), env.HOOK_RUN_QUEUE_URL);
  const ledger = openLedger(dynamo, env.LEDGER_TABLE);
  const hooks = openHooks(dynamo, env.CONFIG_TABLE);
  const findHook = keepFresh(
    (key) => {
      const [tenant = '', id = ''] = key.split(' ');
      return hooks.get(tenant, id);
    },
    subscriptionCacheMs,
    Date.now,
  );
  const folder = createWorkFolder('/tmp');
  const runHook = createRunHook({
    taskArn,
    queue,
    runs: openRunLedger(dynamo, env.LEDGER_TABLE),
    putRun: (run) => ledger.putDeliveries([run]),
    findHook: (tenant, id, sinceMs) => findHook(`${tenant} ${id}`, sinceMs),
    loadScript: createLoadScript(folder.scripts, openScriptBodies(dynamo, env.CONFIG_TABLE).get),
    runScript: createRunScript(folder.runs, Date.now),
    recordRun: createRecordRun(dynamo, env.CONFIG_TABLE),
    publishEvents: createPublishExecutions(createEventBridge(), dynamo, env),
    path: container.PATH,
    pause,
    now: Date.now,
    log,
  });
  try {
    const end = await drainQueue(
      {
        queue,
        lease: openWorkerLease(openLeaseRow(dynamo, env.LEDGER_TABLE, Date.now), taskArn, Date.now),
        runHook,
        concurrency: env.RUN_CONCURRENCY,
        idleMs: env.IDLE_SECONDS * 1000,
        pause,
        now: Date.now,
        log,
      },
      stop,
    );
    log.info('worker ended', { task_arn: taskArn, reason: end });
  } finally {
    folder.remove();
  }
}

try {
  await work();
  process.exit(0);
} catch (error) {
  log.error('worker failed', { error });
  process.exit(1);
}
