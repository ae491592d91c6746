import { Construct } from 'constructs';
import type { Env as DescribeApiEnv } from '../functions/describe-api/env.ts';
import type { Env as PublishEventsEnv } from '../functions/publish-events/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { EventBus } from './event-bus.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import type { Tables } from './tables.ts';

interface EventIntakeProps {
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly tables: Tables;
  readonly bundles: Bundles;
}

/** Where events come in: the catalog, and publishing. */
export class EventIntake extends Construct {
  constructor(scope: Construct, id: string, { api, bus, tables, bundles }: EventIntakeProps) {
    super(scope, id);
    const describeApi = new NodeFunction<DescribeApiEnv>(this, 'describe-api', {
      bundles,
      description: 'Answers the catalog of events and the description of the API',
      timeout: httpTimeout,
      environment: {},
    });
    api.serve(describeApi, { '/api/v1/events/catalog': ['GET'] });
    api.serveOpen(
      describeApi,
      { '/api/v1/openapi.json': ['GET'] },
      {
        reason:
          'The description of the API is the same for everybody and in the source besides: tools fetch it without a key.',
        rateLimit: 10,
        burstLimit: 20,
      },
    );

    const publishEvents = new NodeFunction<PublishEventsEnv>(this, 'publish-events', {
      bundles,
      description: 'Checks events against the catalog and puts them on the bus',
      timeout: httpTimeout,
      environment: {
        CONFIG_TABLE: tables.config.name,
        LEDGER_TABLE: tables.ledger.name,
        EVENT_BUS_NAME: bus.name,
      },
    });
    tables.config.grantRead(publishEvents);
    tables.ledger.grantWrite(publishEvents);
    bus.grantPublish(publishEvents);
    api.serve(publishEvents, { '/api/v1/events': ['POST'] });
  }
}
