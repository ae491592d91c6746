import { Duration } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Env as AnswerLiveEnv } from '../functions/answer-live/env.ts';
import type { Env as CloseLiveEnv } from '../functions/close-live/env.ts';
import type { Env as IssueLiveTicketEnv } from '../functions/issue-live-ticket/env.ts';
import type { Env as OpenLiveEnv } from '../functions/open-live/env.ts';
import type { Env as PushLiveEnv } from '../functions/push-live/env.ts';
import type { Env as PushProgressEnv } from '../functions/push-progress/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { EventBus } from './event-bus.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import { consume, visibilityFor } from './queue-consumer.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { Tables } from './tables.ts';
import { WebSocketApi } from './web-socket-api.ts';

interface LiveStreamProps {
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly tables: Tables;
  readonly bundles: Bundles;
}

const pushTimeout = Duration.seconds(30);

/**
 * bus → live-events → push-live → the viewers, whose connections open-live and close-live keep; and what reaches them
 * alone: POST /api/v1/progress → push-progress → the viewers.
 */
export class LiveStream extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { api, bus, tables, bundles }: LiveStreamProps) {
    super(scope, id);
    const { config, connections, ledger } = tables;
    const socketApi = new WebSocketApi(this, 'web-socket-api');
    this.url = socketApi.url;

    const liveEvents = new QueueWithDlq(this, 'live-events', {
      impact:
        'Events could not be pushed to live viewers: pages that watch miss them, webhooks and hooks do not. See the logs of push-live and mend the cause; what lies here is old news, so purge the DLQ.',
      visibilityTimeout: visibilityFor(pushTimeout),
    });
    bus.routeForViewersTo(
      liveEvents,
      'to-live',
      'EventBridge could not hand events to live-events: no live viewer sees them. Check the policy of that queue; what lies here is old news, so purge the DLQ.',
    );

    const openLive = new NodeFunction<OpenLiveEnv>(this, 'open-live', {
      bundles,
      description: 'Checks the key or ticket of a live viewer and notes the connection',
      timeout: Duration.seconds(10),
      environment: {
        CONFIG_TABLE: config.name,
        CONNECTIONS_TABLE: connections.name,
        LIVE_EVENT_QUEUE_URL: liveEvents.queueUrl,
      },
    });
    config.grantRead(openLive);
    config.grantWriteAudience(openLive);
    connections.grantWrite(openLive);
    liveEvents.grantSendMessages(openLive);
    socketApi.openBy(openLive);

    const closeLive = new NodeFunction<CloseLiveEnv>(this, 'close-live', {
      bundles,
      description: 'Forgets the connection of a live viewer',
      timeout: Duration.seconds(10),
      environment: { CONNECTIONS_TABLE: connections.name },
    });
    connections.grantReadWrite(closeLive);
    socketApi.closeBy(closeLive);

    const answerLive = new NodeFunction<AnswerLiveEnv>(this, 'answer-live', {
      bundles,
      description: 'Answers the ping of a live viewer',
      timeout: Duration.seconds(10),
      environment: { LIVE_ENDPOINT: socketApi.callbackUrl },
    });
    socketApi.grantPost(answerLive);
    socketApi.answerBy(answerLive);

    const pushLive = new NodeFunction<PushLiveEnv>(this, 'push-live', {
      bundles,
      description:
        'Posts events to the live viewers of their tenant, and what they missed to those who come back',
      timeout: pushTimeout,
      memorySizeMib: 512,
      environment: {
        CONNECTIONS_TABLE: connections.name,
        LEDGER_TABLE: ledger.name,
        LIVE_EVENT_QUEUE_URL: liveEvents.queueUrl,
        LIVE_ENDPOINT: socketApi.callbackUrl,
      },
      // The steps of a replay follow each other through the function's own queue, some dozens at most.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    connections.grantReadWrite(pushLive);
    ledger.grantRead(pushLive);
    liveEvents.grantSendMessages(pushLive);
    socketApi.grantPost(pushLive);
    socketApi.grantClose(pushLive);
    consume(liveEvents, pushLive, 10);

    const issueLiveTicket = new NodeFunction<IssueLiveTicketEnv>(this, 'issue-live-ticket', {
      bundles,
      description: 'Makes tickets that open one live connection each',
      timeout: httpTimeout,
      environment: { CONNECTIONS_TABLE: connections.name },
    });
    connections.grantWrite(issueLiveTicket);
    api.serve(issueLiveTicket, { '/api/v1/live/tickets': ['POST'] });

    const pushProgress = new NodeFunction<PushProgressEnv>(this, 'push-progress', {
      bundles,
      description: 'Posts progress to the live viewers of its tenant',
      timeout: httpTimeout,
      environment: { CONNECTIONS_TABLE: connections.name, LIVE_ENDPOINT: socketApi.callbackUrl },
    });
    connections.grantReadWrite(pushProgress);
    socketApi.grantPost(pushProgress);
    socketApi.grantClose(pushProgress);
    api.serve(pushProgress, { '/api/v1/progress': ['POST'] });
  }
}
