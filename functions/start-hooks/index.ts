import { createDynamo, createEcs, createSqs } from '../../shared/aws/clients.ts';
import { openRunLedger } from '../../shared/aws/hook-run-ledger.ts';
import { openHooks } from '../../shared/aws/hook-table.ts';
import { createEnsureWorkers, openEnsureWorker } from '../../shared/aws/hook-worker.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { keepVersion } from '../../shared/keep-version.ts';
import { audienceCacheMs } from '../../shared/limits.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { envSchema } from './env.ts';
import { createStartHooks } from './start-hooks.ts';
import { startMessageSchema } from './start-message.ts';

const env = readEnv(envSchema);
const log = createLog('start-hooks');
const dynamo = createDynamo();
const sqs = createSqs();
const ecs = createEcs();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const hooks = openHooks(dynamo, env.CONFIG_TABLE);

const startHooks = createStartHooks({
  listHooks: keepVersion((tenant) => hooks.listAll(tenant), audienceCacheMs, Date.now),
  findRun: openRunLedger(dynamo, env.LEDGER_TABLE).find,
  putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
  queueRuns: (messages) => sendMessages(sqs, env.HOOK_RUN_QUEUE_URL, messages),
  queueWaits: (messages) => sendMessages(sqs, env.HOOK_EVENT_QUEUE_URL, messages),
  ensureWorkers: createEnsureWorkers(
    Array.from({ length: env.HOOK_WORKERS_MAX }, (_, place) =>
      openEnsureWorker({ dynamo, ecs, env, now: Date.now }, place),
    ),
    (error) => log.warn('worker for a backlog not started', { error }),
  ),
  now: Date.now,
  log,
});

export const handler = createQueueHandler(startMessageSchema, startHooks, log);
