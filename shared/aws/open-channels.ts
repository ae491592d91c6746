import { createHookChannel, createWebhookChannel } from '../send-channel.ts';
import type { Channels } from '../send-channel.ts';
import { openAudiences } from './audience-table.ts';
import type { DynamoDBDocumentClient, ECSClient, SQSClient } from './clients.ts';
import { openEnsureWorker } from './hook-worker.ts';
import { sendMessages } from './send-messages.ts';

interface Sources {
  readonly dynamo: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly ecs: ECSClient;
  readonly env: Parameters<typeof openEnsureWorker>[0]['env'] & {
    readonly CONFIG_TABLE: string;
    readonly WEBHOOK_DELIVERY_QUEUE_URL: string;
    readonly HOOK_RUN_QUEUE_URL: string;
  };
  readonly now: () => number;
}

/** Opens the ways by which deliveries are sent, and scripts run, anew. */
export const openChannels = ({ dynamo, sqs, ecs, env, now }: Sources): Channels => ({
  webhook: createWebhookChannel({
    findAudience: openAudiences(dynamo, env.CONFIG_TABLE, now).get,
    queueDeliveries: (messages) => sendMessages(sqs, env.WEBHOOK_DELIVERY_QUEUE_URL, messages),
  }),
  hook: createHookChannel({
    queueRuns: (messages) => sendMessages(sqs, env.HOOK_RUN_QUEUE_URL, messages),
    ensureWorker: openEnsureWorker({ dynamo, ecs, env, now }),
  }),
});
