import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { openAudiences } from '../../shared/aws/audience-table.ts';
import { createDynamo, createEventBridge, createKms, createSqs } from '../../shared/aws/clients.ts';
import { openDigests } from '../../shared/aws/digest-table.ts';
import { openFlowTable } from '../../shared/aws/flow-table.ts';
import { openLedger } from '../../shared/aws/ledger.ts';
import { createOpenSigning } from '../../shared/aws/open-signing.ts';
import { publishWhenWatched } from '../../shared/aws/publish-executions.ts';
import { createPublishEvents } from '../../shared/aws/put-events.ts';
import { sendMessages } from '../../shared/aws/send-messages.ts';
import { openWebhookHealth } from '../../shared/aws/webhook-table.ts';
import { createAddressGuard } from '../../shared/egress/address-guard.ts';
import { createGuardedAgent } from '../../shared/egress/connect-guarded.ts';
import { createPostSigned } from '../../shared/egress/post-signed.ts';
import { digestMembersMax } from '../../shared/limits.ts';
import { readEnv } from '../../shared/read-env.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { createQueueHandler } from '../../shared/runtime/queue.ts';
import { envSchema } from './env.ts';
import { createGatherDigest } from './gather-digest.ts';
import { createKeepLimits } from './keep-limits.ts';
import { createOpenDigests, deliveryMessageSchema } from './open-digests.ts';
import { createReadBatch, createWebhookMemory } from './read-batch.ts';
import { createSendWebhook } from './send-webhook.ts';

const env = readEnv(envSchema);
const log = createLog('send-webhook');
const dynamo = createDynamo();
const sqs = createSqs();
const ledger = openLedger(dynamo, env.LEDGER_TABLE);
const audiences = openAudiences(dynamo, env.CONFIG_TABLE, Date.now);
const memory = createWebhookMemory(Date.now);
const queueUrls = { fast: env.WEBHOOK_DELIVERY_QUEUE_URL, slow: env.SLOW_DELIVERY_QUEUE_URL };

const publishEvents = createPublishEvents(createEventBridge(), env.EVENT_BUS_NAME);

const sendWebhook = createSendWebhook({
  readBatch: createReadBatch(
    dynamo,
    { config: env.CONFIG_TABLE, ledger: env.LEDGER_TABLE },
    memory,
    Date.now,
  ),
  keepLimits: createKeepLimits({ flow: openFlowTable(dynamo, env.CONFIG_TABLE, Date.now), now: Date.now }),
  health: openWebhookHealth(dynamo, env.CONFIG_TABLE, {
    onDisabled: async (webhook) => {
      log.warn('webhook disabled', { endpoint_id: webhook.id, reason: webhook.disabled_reason ?? '' });
      await audiences.webhooksChanged(webhook.tenant);
    },
    onWarning: (webhook, reason) => log.warn('webhook is failing', { endpoint_id: webhook.id, reason }),
    now: Date.now,
    createToken: randomUUID,
  }),
  onWebhook: (webhook) => memory.keep(webhook.tenant, webhook.id, webhook),
  openSigning: createOpenSigning(createKms(), env.SEAL_KEY_ID, Date.now),
  post: createPostSigned(createGuardedAgent(createAddressGuard(env.EGRESS_ALLOWED_RANGES)), Date.now),
  putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
  advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
  queueDeliveries: (lane, messages) => sendMessages(sqs, queueUrls[lane], messages),
  publishEvents:
    env.PUBLISH_HOOK_EXECUTED === 'always'
      ? publishEvents
      : publishWhenWatched(publishEvents, async (tenant) => memory.isWatched(tenant)),
  pause: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
  now: Date.now,
  random: Math.random,
  log,
});

const digests = openDigests(dynamo, env.LEDGER_TABLE, randomUUID);
const openAndSend = createOpenDigests({
  gatherDigest: createGatherDigest({
    digests,
    putDeliveries: (deliveries) => ledger.putDeliveries(deliveries),
    advanceDeliveries: (deliveries) => ledger.advanceDeliveries(deliveries),
    queueFlush: async (message, delaySeconds) => {
      const rest = await sendMessages(sqs, queueUrls.fast, [
        { body: JSON.stringify(message), groupId: message.flush.webhook_id, delaySeconds },
      ]);
      if (rest.length > 0) throw new Error('SQS did not take the message');
    },
    membersMax: digestMembersMax,
    now: Date.now,
    createToken: randomUUID,
  }),
  readSent: digests.readSent,
  send: sendWebhook,
  log,
});

export const handler = createQueueHandler(
  deliveryMessageSchema,
  (messages) => {
    // A batch is of one queue.
    const isSlow = env.SLOW_DELIVERY_QUEUE_URL.endsWith(`/${messages[0]?.queueName}`);
    return openAndSend(messages, isSlow ? 'slow' : 'fast');
  },
  log,
);
