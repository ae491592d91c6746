import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Env as CloseLiveEnv } from '../functions/close-live/env.ts';
import type { Env as OpenLiveEnv } from '../functions/open-live/env.ts';
import type { Env as PushLiveEnv } from '../functions/push-live/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { EventBus } from './event-bus.ts';
import { NodeFunction } from './node-function.ts';
import { consume, visibilityFor } from './queue-consumer.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { Tables } from './tables.ts';
import { WebSocketApi } from './web-socket-api.ts';

interface LiveStreamProps {
  readonly bus: EventBus;
  readonly tables: Tables;
  readonly bundles: Bundles;
}

const pushTimeout = Duration.seconds(30);

/** bus → live-events → push-live → the viewers, whose connections open-live and close-live keep. */
export class LiveStream extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { bus, tables, bundles }: LiveStreamProps) {
    super(scope, id);
    const { config, connections } = tables;
    const api = new WebSocketApi(this, 'web-socket-api');
    this.url = api.url;

    const openLive = new NodeFunction<OpenLiveEnv>(this, 'open-live', {
      bundles,
      description: 'Checks the key of a live viewer and notes the connection',
      timeout: Duration.seconds(10),
      environment: { CONFIG_TABLE: config.name, CONNECTIONS_TABLE: connections.name },
    });
    config.grantRead(openLive);
    connections.grantWrite(openLive);
    api.openBy(openLive);

    const closeLive = new NodeFunction<CloseLiveEnv>(this, 'close-live', {
      bundles,
      description: 'Forgets the connection of a live viewer',
      timeout: Duration.seconds(10),
      environment: { CONNECTIONS_TABLE: connections.name },
    });
    connections.grantReadWrite(closeLive);
    api.closeBy(closeLive);

    const liveEvents = new QueueWithDlq(this, 'live-events', {
      impact:
        'Events could not be pushed to live viewers: pages that watch miss them, webhooks and hooks do not. See the logs of push-live and mend the cause; what lies here is old news, so purge the DLQ.',
      visibilityTimeout: visibilityFor(pushTimeout),
    });
    bus.routeAllTo(
      liveEvents,
      'to-live',
      'EventBridge could not hand events to live-events: no live viewer sees them. Check the policy of that queue; what lies here is old news, so purge the DLQ.',
    );
    const pushLive = new NodeFunction<PushLiveEnv>(this, 'push-live', {
      bundles,
      description: 'Posts events to the live viewers of their tenant',
      timeout: pushTimeout,
      memorySizeMib: 512,
      environment: { CONNECTIONS_TABLE: connections.name, LIVE_ENDPOINT: api.callbackUrl },
    });
    connections.grantReadWrite(pushLive);
    api.grantPost(pushLive);
    consume(liveEvents, pushLive, 10);
  }
}
