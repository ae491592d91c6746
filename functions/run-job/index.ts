import { createDynamo, createEcs, createSqs } from '../../shared/aws/clients.ts';
import { openFindEndpoint } from '../../shared/aws/find-endpoint.ts';
import { openJobs } from '../../shared/aws/job-table.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { openChannels } from '../../shared/aws/open-channels.ts';
import { createQueueJob } from '../../shared/aws/queue-job.ts';
import { createReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { openReplayRows } from '../../shared/aws/replay-rows.ts';
import { kindOf } from '../../shared/endpoint.ts';
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
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const channels = openChannels({ dynamo, sqs, ecs: createEcs(), env, now: Date.now });

const runJob = createRunJob({
  jobs: openJobs(dynamo, env.LEDGER_TABLE, Date.now),
  rows: openReplayRows(dynamo, env.LEDGER_TABLE, Date.now),
  replayPage: createReplayPage({
    readDeliveries: createReadDeliveries(dynamo, env.LEDGER_TABLE),
    sendAnew: createSendAnew({
      channels,
      advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
      now: Date.now,
    }),
    now: Date.now,
  }),
  findEndpoint: openFindEndpoint(dynamo, env.CONFIG_TABLE),
  paceOf: (endpointId) => channels[kindOf(endpointId)].pace,
  queueJob: createQueueJob(sqs, env.JOB_QUEUE_URL),
  now: Date.now,
  log,
});

export const handler = createQueueHandler(jobSchema, runJob, log);
