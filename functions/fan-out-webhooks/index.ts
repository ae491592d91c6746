import { randomUUID } from 'node:crypto';
import { createDynamo, createSqs } from '../../shared/aws/clients.ts';
import { openDigests } from '../../shared/aws/digest-table.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { openWebhooks } from '../../shared/aws/webhook-table.ts';
import { keepVersion } from '../../shared/keep-version.ts';
import { audienceCacheMs } from '../../shared/limits.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { createCollectDigests } from './collect-digests.ts';
import { envSchema } from './env.ts';
import { fanOutMessageSchema } from './fan-out-message.ts';
import { createFanOut, toSubscriber } from './fan-out-webhooks.ts';

const env = readEnv(envSchema);
const log = createLog('fan-out-webhooks');
const dynamo = createDynamo();
const sqs = createSqs();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const webhooks = openWebhooks(dynamo, env.CONFIG_TABLE);

const fanOut = createFanOut({
  listSubscribers: keepVersion(
    async (tenant) => (await webhooks.listAll(tenant)).map(toSubscriber),
    audienceCacheMs,
    Date.now,
  ),
  putEvents: (events) => ledger.putEvents(events),
  putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
  advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
  queueDeliveries: (messages) => sendMessages(sqs, env.WEBHOOK_DELIVERY_QUEUE_URL, messages),
  collectDigests: createCollectDigests({
    putMembers: openDigests(dynamo, env.LEDGER_TABLE, randomUUID).putMembers,
    queueFlushes: (messages) => sendMessages(sqs, env.WEBHOOK_DELIVERY_QUEUE_URL, messages),
    now: Date.now,
    createToken: randomUUID,
    log,
  }),
  queueRest: async (message) => {
    const rest = await sendMessages(sqs, env.WEBHOOK_EVENT_QUEUE_URL, [{ body: JSON.stringify(message) }]);
    if (rest.length > 0) throw new Error('SQS did not take the message');
  },
  now: Date.now,
  log,
});

export const handler = createQueueHandler(fanOutMessageSchema, fanOut, log);
