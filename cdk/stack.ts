import { CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { hookWorkersMax as hookWorkersLimit } from '../shared/limits.ts';
import type { Bundles } from './bundle-functions.ts';
import { DeadLetterRedrive } from './dead-letter-redrive.ts';
import { EventBus } from './event-bus.ts';
import { EventIntake } from './event-intake.ts';
import { FilterTest } from './filter-test.ts';
import { HookExecution } from './hook-execution.ts';
import { HttpApi } from './http-api.ts';
import { Inbound } from './inbound.ts';
import { JobQueue } from './job-queue.ts';
import { KeySetup } from './key-setup.ts';
import { LedgerBrowsing } from './ledger-browsing.ts';
import { LiveStream } from './live-stream.ts';
import { Replay } from './replay.ts';
import { Scoring } from './scoring.ts';
import { Tables } from './tables.ts';
import { WebhookDelivery } from './webhook-delivery.ts';

interface EventsStackProps {
  readonly bundles: Bundles;
}

/**
 * ```
 * Sonarr, Radarr, Sublarr ─▶ HTTP API ─▶ receive-inbound ─▶ bus
 * client ─▶ HTTP API ─▶ publish-events ─▶ bus ─┬─▶ webhook-events ─▶ fan-out-webhooks ─▶ webhook-deliveries ─▶ send-webhook
 *                                              ├─▶ hook-events ─▶ start-hooks ─▶ hook-runs ─▶ hook-runner
 *                                              ├─▶ live-events ─▶ push-live ─▶ WebSocket API ─▶ viewers
 *                                              └─▶ invalidate-scoring
 * ```
 */
export class EventsStack extends Stack {
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly tables: Tables;

  constructor(scope: Construct, id: string, { bundles }: EventsStackProps) {
    super(scope, id, { description: 'Carries catalog events to webhooks, hook scripts and live viewers' });
    const egressAllowedRanges = new CfnParameter(this, 'EgressAllowedRanges', {
      type: 'String',
      default: '',
      allowedPattern: '^([0-9a-fA-F.:]+/[0-9]+(,[0-9a-fA-F.:]+/[0-9]+)*)?$',
      constraintDescription: 'must be CIDRs separated by commas, such as 10.1.0.0/16,fd00:1::/32, or empty',
      description:
        'CIDRs that webhooks may reach although they are private, separated by commas. Empty: public addresses only.',
    });

    const publishHookExecuted = new CfnParameter(this, 'PublishHookExecuted', {
      type: 'String',
      default: 'when-watched',
      allowedValues: ['when-watched', 'always'],
      description:
        'When hook_executed goes onto the bus: while a live viewer watches, or always, for rules of your own.',
    });

    const hookWorkersMax = new CfnParameter(this, 'HookWorkersMax', {
      type: 'Number',
      default: 5,
      minValue: 1,
      maxValue: hookWorkersLimit,
      description:
        'How many worker tasks may run hook scripts at a time, each several at once. They come for a backlog and leave after it.',
    });

    const tables = new Tables(this, 'tables');
    const { config, ledger } = tables;
    const keys = new KeySetup(this, 'keys', { config, bundles });
    const api = new HttpApi(this, 'http-api', { config, bundles });
    const bus = new EventBus(this, 'event-bus');
    this.tables = tables;
    this.api = api;
    this.bus = bus;

    new EventIntake(this, 'intake', { api, bus, tables, bundles });
    const jobs = new JobQueue(this, 'replay-jobs');
    const { sealKey, deliveries } = new WebhookDelivery(this, 'webhooks', {
      api,
      bus,
      tables,
      jobs,
      egressAllowedRanges: egressAllowedRanges.valueAsString,
      publishHookExecuted: publishHookExecuted.valueAsString,
      bundles,
    });
    new Inbound(this, 'inbound', { api, bus, tables, sealKey, bundles });
    const hooks = new HookExecution(this, 'hooks', {
      api,
      bus,
      tables,
      jobs,
      publishHookExecuted: publishHookExecuted.valueAsString,
      workersMax: hookWorkersMax.valueAsString,
      bundles,
    });
    new LedgerBrowsing(this, 'ledger', { api, tables, bundles });
    new FilterTest(this, 'filters', { api, ledger, bundles });
    new Scoring(this, 'scoring', { api, bus, config, bundles });
    new Replay(this, 'replay', { api, tables, deliveries, jobs, hooks, bundles });
    const live = new LiveStream(this, 'live', { api, bus, tables, bundles });
    // Last: it looks for what the others made.
    new DeadLetterRedrive(this, 'dead-letters', { api, bundles });

    new CfnOutput(this, 'ApiUrl', { value: api.url });
    new CfnOutput(this, 'LiveUrl', { value: live.url });
    new CfnOutput(this, 'EventBusName', { value: bus.name });
    new CfnOutput(this, 'CreateApiKeyFunction', { value: keys.functionName });
    new CfnOutput(this, 'CreateFirstKeyCommand', {
      description: 'Makes the first API key; it is shown this once.',
      value: `aws lambda invoke --region ${this.region} --function-name ${keys.functionName} --cli-binary-format raw-in-base64-out --payload '{"name":"first","scopes":["publish","manage","read","live"]}' /dev/stdout`,
    });
  }
}
