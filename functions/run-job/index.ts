import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createSqs } from '../../shared/aws/clients.ts';
import { openJobs } from '../../shared/aws/job-table.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { createQueueJob } from '../../shared/aws/queue-job.ts';
import { createReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { openReplayRows } from '../../shared/aws/replay-rows.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { openWebhooks } from '../../shared/aws/webhook-table.ts';
import { jobSchema } from '../../shared/job.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { createSendAnew } from '../../shared/send-anew.ts';
import { envSchema } from './env.ts';
import { createReplayPage } from './replay-page.ts';
import { createRunJob } from './run-job.ts';

const env = readEnv(envSchema);
const log = createLog('run-job');
const dynamo = createDynamo();
const sqs = createSqs();
const webhooks = openWebhooks(dynamo, env.CONFIG_TABLE);
const ledger = openLedger(dynamo, env.LEDGER_TABLE);

const runJob = createRunJob({
  jobs: openJobs(dynamo, env.LEDGER_TABLE, Date.now),
  rows: openReplayRows(dynamo, env.LEDGER_TABLE, Date.now),
  replayPage: createReplayPage({
    readDeliveries: createReadDeliveries(dynamo, env.LEDGER_TABLE),
    sendAnew: createSendAnew({
      findAudience: openAudiences(dynamo, env.CONFIG_TABLE, Date.now).get,
      queueDeliveries: (messages) => sendMessages(sqs, env.WEBHOOK_DELIVERY_QUEUE_URL, messages),
      advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
      now: Date.now,
    }),
    now: Date.now,
  }),
  findWebhook: (tenant, id) => webhooks.get(tenant, id),
  queueJob: createQueueJob(sqs, env.JOB_QUEUE_URL),
  now: Date.now,
  log,
});

export const handler = createQueueHandler(jobSchema, runJob, log);
