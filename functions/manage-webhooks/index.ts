import { createDynamo, createEventBridge, createKms } from '../../shared/aws/clients.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { createPublishExecutions } from '../../shared/aws/publish-executions.ts';
import { createOpenSecret, createSealSecret } from '../../shared/aws/seal.ts';
import { openWebhooks } from '../../shared/aws/webhook-table.ts';
import { createAddressGuard } from '../../shared/egress/address-guard.ts';
import { findUrlProblem } from '../../shared/egress/check-url.ts';
import { createGuardedAgent } from '../../shared/egress/connect-guarded.ts';
import { createPostSigned } from '../../shared/egress/post-signed.ts';
import { createEventId, createWebhookId } from '../../shared/ids.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createHttpHandler } from '../../shared/runtime/http.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { envSchema } from './env.ts';
import { createManageWebhooks } from './manage-webhooks.ts';
import { createTestWebhook } from './test-webhook.ts';

const env = readEnv(envSchema);
const log = createLog('manage-webhooks');
const dynamo = createDynamo();
const kms = createKms();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const webhooks = openWebhooks(dynamo, env.CONFIG_TABLE);
const guard = createAddressGuard(env.EGRESS_ALLOWED_RANGES);

const manage = createManageWebhooks({
  webhooks,
  sealSecret: createSealSecret(kms, env.SEAL_KEY_ID),
  findUrlProblem: (url) => findUrlProblem(url, guard),
  createId: createWebhookId,
  now: Date.now,
});
const test = createTestWebhook({
  webhooks,
  openSecret: createOpenSecret(kms, env.SEAL_KEY_ID, Date.now),
  post: createPostSigned(createGuardedAgent(guard), Date.now),
  putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
  publishEvents: createPublishExecutions(createEventBridge(), dynamo, env),
  createEventId,
  now: Date.now,
  log,
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
  ],
  log,
);
