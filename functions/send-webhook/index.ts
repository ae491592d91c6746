import { createDynamo, createEventBridge, createKms, createSqs } from '../../shared/aws/clients.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { createPublishExecutions } from '../../shared/aws/publish-executions.ts';
import { createOpenSecret } from '../../shared/aws/seal.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { createRecordTally, openWebhooks } from '../../shared/aws/webhook-table.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import { createAddressGuard } from '../../shared/egress/address-guard.ts';
import { createGuardedAgent } from '../../shared/egress/connect-guarded.ts';
import { createPostSigned } from '../../shared/egress/post-signed.ts';
import { keepFresh } from '../../shared/keep-fresh.ts';
import { subscriptionCacheMs } from '../../shared/limits.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { envSchema } from './env.ts';
import { createSendWebhook } from './send-webhook.ts';

const env = readEnv(envSchema);
const log = createLog('send-webhook');
const dynamo = createDynamo();
const sqs = createSqs();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const webhooks = openWebhooks(dynamo, env.CONFIG_TABLE);
const findWebhook = keepFresh(
  (key) => {
    const [tenant = '', id = ''] = key.split(' ');
    return webhooks.get(tenant, id);
  },
  subscriptionCacheMs,
  Date.now,
);

const sendWebhook = createSendWebhook({
  findWebhook: (tenant, id) => findWebhook(`${tenant} ${id}`),
  openSecret: createOpenSecret(createKms(), env.SEAL_KEY_ID, Date.now),
  post: createPostSigned(createGuardedAgent(createAddressGuard(env.EGRESS_ALLOWED_RANGES)), Date.now),
  putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
  recordTally: createRecordTally(dynamo, env.CONFIG_TABLE, Date.now),
  queueDeliveries: (messages) => sendMessages(sqs, env.WEBHOOK_DELIVERY_QUEUE_URL, messages),
  publishEvents: createPublishExecutions(createEventBridge(), dynamo, env),
  now: Date.now,
  random: Math.random,
  log,
});

export const handler = createQueueHandler(webhookMessageSchema, sendWebhook, log);
