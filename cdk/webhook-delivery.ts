import { Duration } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Env as FanOutWebhooksEnv } from '../functions/fan-out-webhooks/env.ts';
import type { Env as ManageWebhooksEnv } from '../functions/manage-webhooks/env.ts';
import type { Env as SendWebhookEnv } from '../functions/send-webhook/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { EventBus } from './event-bus.ts';
import { executionEnvironment } from './execution-environment.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import { consume, visibilityFor } from './queue-consumer.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import { SealKey } from './seal-key.ts';
import type { Tables } from './tables.ts';

interface WebhookDeliveryProps {
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly tables: Tables;
  /** What manage-webhooks hands to run-job. */
  readonly jobs: QueueWithDlq;
  /** Comma-separated CIDRs that webhooks may reach although they are private. */
  readonly egressAllowedRanges: string;
  /** `when-watched` or `always`. */
  readonly publishHookExecuted: string;
  readonly bundles: Bundles;
}

const fanOutTimeout = Duration.seconds(60);
const sendTimeout = Duration.seconds(60);

/**
 * bus → webhook-events → fan-out-webhooks → webhook-deliveries → send-webhook → the receiver; endpoints that answer
 * slowly go by slow-deliveries.
 */
export class WebhookDelivery extends Construct {
  readonly sealKey: SealKey;
  readonly deliveries: QueueWithDlq;

  constructor(scope: Construct, id: string, props: WebhookDeliveryProps) {
    super(scope, id);
    const { api, bus, jobs, bundles, egressAllowedRanges } = props;
    const { config, ledger, connections } = props.tables;
    const executions = executionEnvironment(props);
    const sealKey = new SealKey(this, 'seal');
    this.sealKey = sealKey;

    const webhookEvents = new QueueWithDlq(this, 'webhook-events', {
      impact:
        'Events could not be fanned out: their webhooks were never called. See the logs of fan-out-webhooks, mend the cause, then redrive the DLQ.',
      visibilityTimeout: visibilityFor(fanOutTimeout),
    });
    const webhookDeliveries = new QueueWithDlq(this, 'webhook-deliveries', {
      impact:
        'send-webhook crashed on a delivery (a failing receiver never lands here): that webhook was not called. See its logs, mend the cause, then redrive the DLQ.',
      visibilityTimeout: visibilityFor(sendTimeout),
    });
    this.deliveries = webhookDeliveries;
    // An endpoint that lets its senders wait must not hold up the others.
    const slowDeliveries = new QueueWithDlq(this, 'slow-deliveries', {
      impact:
        'send-webhook crashed on a delivery to a slow endpoint: that webhook was not called. See its logs, mend the cause, then redrive the DLQ.',
      visibilityTimeout: visibilityFor(sendTimeout),
    });
    bus.routeTo(
      webhookEvents,
      'to-webhooks',
      'EventBridge could not hand events to webhook-events: no webhook hears of them. Check the policy of that queue, then send these messages to it again.',
    );

    const fanOutWebhooks = new NodeFunction<FanOutWebhooksEnv>(this, 'fan-out-webhooks', {
      bundles,
      description: 'Makes one delivery per event and subscribed webhook',
      timeout: fanOutTimeout,
      memorySizeMib: 512,
      environment: {
        CONFIG_TABLE: config.name,
        LEDGER_TABLE: ledger.name,
        WEBHOOK_EVENT_QUEUE_URL: webhookEvents.queueUrl,
        WEBHOOK_DELIVERY_QUEUE_URL: webhookDeliveries.queueUrl,
      },
      // The rest of a large fan-out is a message to its own queue.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    config.grantRead(fanOutWebhooks);
    webhookEvents.grantSendMessages(fanOutWebhooks);
    ledger.grantWrite(fanOutWebhooks);
    webhookDeliveries.grantSendMessages(fanOutWebhooks);
    consume(webhookEvents, fanOutWebhooks, 20);

    const sendWebhook = new NodeFunction<SendWebhookEnv>(this, 'send-webhook', {
      bundles,
      description: 'Signs and posts deliveries, and sends itself what is to be tried again',
      timeout: sendTimeout,
      memorySizeMib: 512,
      environment: {
        CONFIG_TABLE: config.name,
        LEDGER_TABLE: ledger.name,
        WEBHOOK_DELIVERY_QUEUE_URL: webhookDeliveries.queueUrl,
        SLOW_DELIVERY_QUEUE_URL: slowDeliveries.queueUrl,
        ...executions,
        SEAL_KEY_ID: sealKey.id,
        EGRESS_ALLOWED_RANGES: egressAllowedRanges,
      },
      // A retry is a message to its own queue, and a long wait is many: Lambda would stop the chain after 16.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    config.grantReadWrite(sendWebhook);
    ledger.grantReadWrite(sendWebhook);
    webhookDeliveries.grantSendMessages(sendWebhook);
    slowDeliveries.grantSendMessages(sendWebhook);
    bus.grantPublish(sendWebhook);
    connections.grantRead(sendWebhook);
    sealKey.grantOpen(sendWebhook);
    consume(webhookDeliveries, sendWebhook, 100);
    // Full batches: each holds a place until the slowest of its receivers has answered.
    consume(slowDeliveries, sendWebhook, 200, Duration.seconds(1));

    const manageWebhooks = new NodeFunction<ManageWebhooksEnv>(this, 'manage-webhooks', {
      bundles,
      description: 'The management API of webhooks',
      timeout: httpTimeout,
      environment: {
        CONFIG_TABLE: config.name,
        LEDGER_TABLE: ledger.name,
        ...executions,
        JOB_QUEUE_URL: jobs.queueUrl,
        SEAL_KEY_ID: sealKey.id,
        EGRESS_ALLOWED_RANGES: egressAllowedRanges,
      },
    });
    config.grantReadWrite(manageWebhooks);
    ledger.grantReadWrite(manageWebhooks);
    jobs.grantSendMessages(manageWebhooks);
    bus.grantPublish(manageWebhooks);
    connections.grantRead(manageWebhooks);
    sealKey.grantSeal(manageWebhooks);
    sealKey.grantOpen(manageWebhooks);
    api.serve(manageWebhooks, {
      '/api/v1/webhooks': ['GET', 'POST'],
      '/api/v1/webhooks/{id}': ['GET', 'PUT', 'DELETE'],
      '/api/v1/webhooks/{id}/test': ['POST'],
      '/api/v1/webhooks/{id}/enable': ['POST'],
      '/api/v1/webhooks/{id}/rotate-secret': ['POST'],
    });
  }
}
