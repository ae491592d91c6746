import { announceChanges, openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEventBridge, createKms, createSqs } from '../../shared/aws/clients.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { createOpenSigning } from '../../shared/aws/open-signing.ts';
import { createPublishExecutions } from '../../shared/aws/publish-executions.ts';
import { openStartReplay } from '../../shared/aws/open-start-replay.ts';
import { openReplayRows } from '../../shared/aws/replay-rows.ts';
import { createOpenSealed, createSealSecret } from '../../shared/aws/seal.ts';
import { openWebhooks } from '../../shared/aws/webhook-table.ts';
import { createAddressGuard } from '../../shared/egress/address-guard.ts';
import { findUrlProblem } from '../../shared/egress/check-url.ts';
import { createGuardedAgent } from '../../shared/egress/connect-guarded.ts';
import { createPostSigned } from '../../shared/egress/post-signed.ts';
import { createEventId, createWebhookId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { readHeaders } from '../../shared/webhook-headers.ts';
import { envSchema } from './env.ts';
import { createEnableWebhook } from './enable-webhook.ts';
import { createManageWebhooks } from './manage-webhooks.ts';
import { createRotateSecret } from './rotate-secret.ts';
import { createSealHeaders } from './seal-headers.ts';
import { createSealKeys } from './seal-keys.ts';
import { createTestWebhook } from './test-webhook.ts';

const env = readEnv(envSchema);
const log = createLog('manage-webhooks');
const dynamo = createDynamo();
const kms = createKms();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const webhooks = announceChanges(
  openWebhooks(dynamo, env.CONFIG_TABLE),
  openAudiences(dynamo, env.CONFIG_TABLE, Date.now).webhooksChanged,
);
const guard = createAddressGuard(env.EGRESS_ALLOWED_RANGES);

const sealSecret = createSealSecret(kms, env.SEAL_KEY_ID);
const sealKeys = createSealKeys({ sealSecret, now: Date.now });
const openHeaders = createOpenSealed(kms, env.SEAL_KEY_ID, readHeaders, Date.now);

const manage = createManageWebhooks({
  webhooks,
  sealKeys,
  sealHeaders: createSealHeaders({ sealSecret, openHeaders }),
  findUrlProblem: (url) => findUrlProblem(url, guard),
  createId: createWebhookId,
  now: Date.now,
});
const test = createTestWebhook({
  webhooks,
  openSigning: createOpenSigning(kms, env.SEAL_KEY_ID, Date.now),
  post: createPostSigned(createGuardedAgent(guard), Date.now),
  putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
  publishEvents: createPublishExecutions(createEventBridge(), dynamo, env),
  createEventId,
  now: Date.now,
  log,
});

const rotate = createRotateSecret({ webhooks, sealKeys, now: Date.now });

const enable = createEnableWebhook({
  webhooks,
  countRows: openReplayRows(dynamo, env.LEDGER_TABLE, Date.now).count,
  startReplay: openStartReplay({
    dynamo,
    sqs: createSqs(),
    env,
    onUnwritten: (job, error) => log.warn('job not shown yet', { message_id: job.id, error }),
    now: Date.now,
  }),
  now: Date.now,
});

const path = '/api/v1/webhooks';
export const handler = createHttpHandler(
  [
    { method: 'GET', path, scope: 'read', handle: manage.list },
    { method: 'POST', path, scope: 'manage', handle: manage.create },
    { method: 'GET', path: `${path}/{id}`, scope: 'read', handle: manage.get },
    { method: 'PUT', path: `${path}/{id}`, scope: 'manage', handle: manage.update },
    { method: 'DELETE', path: `${path}/{id}`, scope: 'manage', handle: manage.remove },
    { method: 'POST', path: `${path}/{id}/test`, scope: 'manage', handle: test },
    { method: 'POST', path: `${path}/{id}/enable`, scope: 'manage', handle: enable },
    { method: 'POST', path: `${path}/{id}/rotate-secret`, scope: 'manage', handle: rotate },
  ],
  log,
);
