import { Construct } from 'constructs';
import type { Env as ManageSourcesEnv } from '../functions/manage-sources/env.ts';
import type { Env as ReceiveInboundEnv } from '../functions/receive-inbound/env.ts';
import { inboundPaths } from '../shared/source.ts';
import type { Bundles } from './bundle-functions.ts';
import type { EventBus } from './event-bus.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import type { SealKey } from './seal-key.ts';
import type { Tables } from './tables.ts';

interface InboundProps {
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly tables: Tables;
  readonly sealKey: SealKey;
  readonly bundles: Bundles;
}

/** Sonarr, Radarr and Sublarr → receive-inbound → bus, and the sources that let them in. */
export class Inbound extends Construct {
  constructor(scope: Construct, id: string, { api, bus, tables, sealKey, bundles }: InboundProps) {
    super(scope, id);
    const manageSources = new NodeFunction<ManageSourcesEnv>(this, 'manage-sources', {
      bundles,
      description: 'The management API of sources',
      timeout: httpTimeout,
      environment: { CONFIG_TABLE: tables.config.name, SEAL_KEY_ID: sealKey.id },
    });
    tables.config.grantReadWrite(manageSources);
    sealKey.grantSeal(manageSources);
    api.serve(manageSources, {
      '/api/v1/sources': ['GET', 'POST'],
      '/api/v1/sources/{id}': ['GET', 'DELETE'],
    });

    const receiveInbound = new NodeFunction<ReceiveInboundEnv>(this, 'receive-inbound', {
      bundles,
      description: 'Takes the webhooks of Sonarr, Radarr and Sublarr as events',
      timeout: httpTimeout,
      environment: {
        CONFIG_TABLE: tables.config.name,
        LEDGER_TABLE: tables.ledger.name,
        EVENT_BUS_NAME: bus.name,
        SEAL_KEY_ID: sealKey.id,
      },
    });
    tables.config.grantRead(receiveInbound);
    tables.ledger.grantWrite(receiveInbound);
    bus.grantPublish(receiveInbound);
    sealKey.grantOpen(receiveInbound);
    const routes = {
      // Their settings offer both methods.
      [inboundPaths.sonarr]: ['POST', 'PUT'],
      [inboundPaths.radarr]: ['POST', 'PUT'],
      [inboundPaths.sublarr]: ['POST'],
    } as const;
    api.serveOpen(receiveInbound, routes, {
      reason:
        'Sonarr, Radarr and Sublarr cannot send X-Api-Key. receive-inbound asks for a source id of 130 random bits and for the secret of that source: a signature of the body, or basic authentication.',
      // A library scan sends some dozens at once; what strangers send must not cost more than this.
      rateLimit: 50,
      burstLimit: 100,
    });
  }
}
