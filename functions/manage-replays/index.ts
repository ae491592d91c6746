import { createDynamo, createEcs, createSqs } from '../../shared/aws/clients.ts';
import { openFindEndpoint } from '../../shared/aws/find-endpoint.ts';
import { openJobs } from '../../shared/aws/job-table.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { openChannels } from '../../shared/aws/open-channels.ts';
import { openStartReplay } from '../../shared/aws/open-start-replay.ts';
import { createReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { openReplayRows } from '../../shared/aws/replay-rows.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createSendAnew } from '../../shared/send-anew.ts';
import { envSchema } from './env.ts';
import { createManageJobs } from './manage-jobs.ts';
import { createReplayEndpoint } from './replay-endpoint.ts';
import { createRetryDelivery } from './retry-delivery.ts';

const env = readEnv(envSchema);
const log = createLog('manage-replays');
const dynamo = createDynamo();
const sqs = createSqs();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const findEndpoint = openFindEndpoint(dynamo, env.CONFIG_TABLE);

const manageJobs = createManageJobs({ jobs: openJobs(dynamo, env.LEDGER_TABLE, Date.now), now: Date.now });
const replay = createReplayEndpoint({
  findEndpoint,
  countRows: openReplayRows(dynamo, env.LEDGER_TABLE, Date.now).count,
  startReplay: openStartReplay({
    dynamo,
    sqs,
    env,
    onUnwritten: (job, error) => log.warn('job not shown yet', { message_id: job.id, error }),
    now: Date.now,
  }),
  now: Date.now,
});
const retry = createRetryDelivery({
  findEndpoint,
  readDeliveries: createReadDeliveries(dynamo, env.LEDGER_TABLE),
  sendAnew: createSendAnew({
    channels: openChannels({ dynamo, sqs, ecs: createEcs(), env, now: Date.now }),
    advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
    now: Date.now,
  }),
  now: Date.now,
  log,
});

const jobsPath = '/api/v1/jobs';
export const handler = createHttpHandler(
  [
    { method: 'POST', path: '/api/v1/deliveries/{id}/retry', scope: 'manage', handle: retry },
    { method: 'POST', path: '/api/v1/webhooks/{id}/replay', scope: 'manage', handle: replay('webhook') },
    { method: 'POST', path: '/api/v1/hooks/{id}/replay', scope: 'manage', handle: replay('hook') },
    { method: 'GET', path: jobsPath, scope: 'read', handle: manageJobs.list },
    { method: 'GET', path: `${jobsPath}/{id}`, scope: 'read', handle: manageJobs.get },
    { method: 'POST', path: `${jobsPath}/{id}/cancel`, scope: 'manage', handle: manageJobs.cancel },
  ],
  log,
);
