import { createDynamo, createSqs } from '../../shared/aws/clients.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { openWebhooks } from '../../shared/aws/webhook-table.ts';
import { eventSchema } from '../../shared/event.ts';
import { keepFresh } from '../../shared/keep-fresh.ts';
import { subscriptionCacheMs } from '../../shared/limits.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { envSchema } from './env.ts';
import { createFanOut } from './fan-out-webhooks.ts';

const env = readEnv(envSchema);
const log = createLog('fan-out-webhooks');
const dynamo = createDynamo();
const sqs = createSqs();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const webhooks = openWebhooks(dynamo, env.CONFIG_TABLE);

const fanOut = createFanOut({
  listWebhooks: keepFresh((tenant) => webhooks.listAll(tenant), subscriptionCacheMs, Date.now),
  putEvents: (events) => ledger.putEvents(events),
  putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
  queueDeliveries: (messages) => sendMessages(sqs, env.WEBHOOK_DELIVERY_QUEUE_URL, messages),
  now: Date.now,
  log,
});

export const handler = createQueueHandler(eventSchema, fanOut, log);
