import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEventBridge, createSqs } from '../../shared/aws/clients.ts';
import { openRunLedger } from '../../shared/aws/hook-run-ledger.ts';
import { openRunQueue } from '../../shared/aws/hook-run-queue.ts';
import { createRecordRun, openHooks } from '../../shared/aws/hook-table.ts';
import { openLeaseRow, openWorkerLease } from '../../shared/aws/hook-worker-lease.ts';
import { createIsWatched } from '../../shared/aws/publish-executions.ts';
import { createPublishEvents } from '../../shared/aws/put-events.ts';
import { openScriptBodies } from '../../shared/aws/script-table.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { BacklogMessage } from '../../shared/backlog-message.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { groupInFlight } from '../../shared/group-in-flight.ts';
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
import { createScriptProcess } from './script-process.ts';
import { createLoadScript } from './store-script.ts';
import { createWorkFolder } from './work-folder.ts';

const log = createLog('hook-runner');
const pause: Pause = (ms, signal) =>
  delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
/**
 * Between two writes to the ledger, so that short scripts share them. What ended is not written down for that long,
 * and would run again if the worker were killed meanwhile.
 */
const writeRestMs = 30;

/** As a shell tells it of a program that SIGTERM ended: whoever follows the end of tasks sees to a successor then. */
const stoppedExitCode = 143;

/** Answers the exit code of the worker. */
async function work(): Promise<number> {
  const env = readEnv(envSchema);
  const container = readEnv(containerEnvSchema);
  const stop = listenForStop(process);
  const taskArn = await readTaskArn(container.ECS_CONTAINER_METADATA_URI_V4);
  const dynamo = createDynamo();
  const sqs = createSqs();
  const queue = openRunQueue(sqs, env.HOOK_RUN_QUEUE_URL);
  const audiences = openAudiences(dynamo, env.CONFIG_TABLE, Date.now);
  const hooks = openHooks(dynamo, env.CONFIG_TABLE);
  const findHook = keepFresh(
    (key) => {
      const [tenant = '', id = ''] = key.split(' ');
      return hooks.get(tenant, id);
    },
    subscriptionCacheMs,
    Date.now,
  );
  const publishEvents = createPublishEvents(createEventBridge(), env.EVENT_BUS_NAME);
  const isWatched = keepFresh(createIsWatched(dynamo, env.CONNECTIONS_TABLE), subscriptionCacheMs, Date.now);
  const folder = await createWorkFolder('/tmp');
  const scripts = createScriptProcess(
    join(import.meta.dirname, `scripts.process${extname(import.meta.filename)}`),
    folder,
    log,
  );
  const queueStart = async (message: QueueMessage): Promise<void> => {
    const unqueued = await sendMessages(sqs, env.HOOK_EVENT_QUEUE_URL, [message]);
    if (unqueued.length > 0) throw new Error('SQS did not take a message for start-hooks');
  };
  const askForWorkers = async (count: number): Promise<void> => {
    // A successor is wanted in any case.
    if (count > 1 && env.HOOK_WORKERS_MAX === 1) return;
    await queueStart({ body: JSON.stringify({ workers_wanted: count } satisfies BacklogMessage) });
  };
  const runHook = createRunHook({
    taskArn,
    queue,
    queueRetry: queueStart,
    runs: openRunLedger(dynamo, env.LEDGER_TABLE, () => pause(writeRestMs)),
    findHook: (tenant, id, sinceMs) => findHook(`${tenant} ${id}`, sinceMs),
    loadScript: createLoadScript(folder.scripts, openScriptBodies(dynamo, env.CONFIG_TABLE).get),
    // Another user than those of the other workers of a machine.
    runScript: (run) =>
      scripts.runScript({ ...run, slot: container.WORKER_PLACE * env.RUN_CONCURRENCY + run.slot }),
    recordRun: createRecordRun(dynamo, env.CONFIG_TABLE, {
      onDisabled: async (hook) => {
        log.warn('hook disabled', {
          endpoint_id: hook.id,
          tenant: hook.tenant,
          reason: hook.disabled_reason ?? 'not told',
        });
        await audiences.hooksChanged(hook.tenant);
      },
      now: Date.now,
    }),
    isListenedTo: async (tenant, sinceMs) =>
      env.PUBLISH_HOOK_EXECUTED === 'always' || (await isWatched(tenant, sinceMs)),
    publishEvent: groupInFlight(async (events: readonly CatalogEvent[]) => {
      const rejected = new Map((await publishEvents(events)).map(({ event, reason }) => [event, reason]));
      return events.map((event) => rejected.get(event));
    }),
    path: container.PATH,
    pause,
    now: Date.now,
    random: Math.random,
    log,
  });
  try {
    const end = await drainQueue(
      {
        queue,
        role: container.WORKER_PLACE === 0 ? { kind: 'first', askForWorkers } : { kind: 'helper' },
        lease: openWorkerLease(
          openLeaseRow(dynamo, env.LEDGER_TABLE, container.WORKER_PLACE, Date.now),
          taskArn,
          Date.now,
        ),
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
    return end === 'stopped' ? stoppedExitCode : 0;
  } finally {
    scripts.close();
    folder.remove();
  }
}

try {
  process.exit(await work());
} catch (error) {
  log.error('worker failed', { error });
  process.exit(1);
}
