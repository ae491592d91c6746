import { Construct } from 'constructs';
import type { Env as BrowseLedgerEnv } from '../functions/browse-ledger/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import type { Tables } from './tables.ts';

interface LedgerBrowsingProps {
  readonly api: HttpApi;
  readonly tables: Tables;
  readonly bundles: Bundles;
}

/** What became of every event, delivery and run. */
export class LedgerBrowsing extends Construct {
  constructor(scope: Construct, id: string, { api, tables, bundles }: LedgerBrowsingProps) {
    super(scope, id);
    const { config, ledger } = tables;
    const browseLedger = new NodeFunction<BrowseLedgerEnv>(this, 'browse-ledger', {
      bundles,
      description: 'Answers what became of events, deliveries and runs, and clears their log',
      timeout: httpTimeout,
      environment: { CONFIG_TABLE: config.name, LEDGER_TABLE: ledger.name },
    });
    // What did not arrive is told with the webhook or hook that it was for.
    config.grantRead(browseLedger);
    ledger.grantReadWrite(browseLedger);
    api.serve(browseLedger, {
      '/api/v1/events': ['GET'],
      '/api/v1/events/{id}': ['GET'],
      '/api/v1/deliveries': ['GET'],
      '/api/v1/deliveries/{id}': ['GET'],
      '/api/v1/undelivered': ['GET'],
      '/api/v1/hooks/logs': ['GET', 'DELETE'],
    });
  }
}
