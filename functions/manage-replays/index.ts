import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEcs, createSqs } from '../../shared/aws/clients.ts';
import { openHooks } from '../../shared/aws/hook-table.ts';
import { openEnsureWorker } from '../../shared/aws/hook-worker.ts';
import { openJobs } from '../../shared/aws/job-table.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { createQueueJob } from '../../shared/aws/queue-job.ts';
import { createReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { openReplayRows } from '../../shared/aws/replay-rows.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { openWebhooks } from '../../shared/aws/webhook-table.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createSendAnew } from '../../shared/send-anew.ts';
import { createStartReplay } from '../../shared/start-replay.ts';
import { envSchema } from './env.ts';
import { createManageJobs } from './manage-jobs.ts';
import { createReplayWebhook } from './replay-webhook.ts';
import { createRetryDelivery } from './retry-delivery.ts';
import { createRunAnew } from './run-anew.ts';

const env = readEnv(envSchema);
const log = createLog('manage-replays');
const dynamo = createDynamo();
const sqs = createSqs();
const webhooks = openWebhooks(dynamo, env.CONFIG_TABLE);
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const jobs = openJobs(dynamo, env.LEDGER_TABLE, Date.now);

const manageJobs = createManageJobs({ jobs, now: Date.now });
const replay = createReplayWebhook({
  webhooks,
  countRows: openReplayRows(dynamo, env.LEDGER_TABLE, Date.now).count,
  startReplay: createStartReplay({
    queueJob: createQueueJob(sqs, env.JOB_QUEUE_URL),
    addJob: jobs.add,
    onUnwritten: (job, error) => log.warn('job not shown yet', { message_id: job.id, error }),
    now: Date.now,
  }),
  now: Date.now,
});
const retry = createRetryDelivery({
  webhooks,
  hooks: openHooks(dynamo, env.CONFIG_TABLE),
  readDeliveries: createReadDeliveries(dynamo, env.LEDGER_TABLE),
  sendAnew: createSendAnew({
    findAudience: openAudiences(dynamo, env.CONFIG_TABLE, Date.now).get,
    queueDeliveries: (messages) => sendMessages(sqs, env.WEBHOOK_DELIVERY_QUEUE_URL, messages),
    advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
    now: Date.now,
  }),
  runAnew: createRunAnew({
    queueRuns: (messages) => sendMessages(sqs, env.HOOK_RUN_QUEUE_URL, messages),
    advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
    ensureWorker: openEnsureWorker({ dynamo, ecs: createEcs(), env, now: Date.now }),
    now: Date.now,
    log,
  }),
  now: Date.now,
});

const jobsPath = '/api/v1/jobs';
export const handler = createHttpHandler(
  [
    { method: 'POST', path: '/api/v1/deliveries/{id}/retry', scope: 'manage', handle: retry },
    { method: 'POST', path: '/api/v1/webhooks/{id}/replay', scope: 'manage', handle: replay },
    { method: 'GET', path: jobsPath, scope: 'read', handle: manageJobs.list },
    { method: 'GET', path: `${jobsPath}/{id}`, scope: 'read', handle: manageJobs.get },
    { method: 'POST', path: `${jobsPath}/{id}/cancel`, scope: 'manage', handle: manageJobs.cancel },
  ],
  log,
);
