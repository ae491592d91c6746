import { Construct } from 'constructs';
import type { Env as BrowseLedgerEnv } from '../functions/browse-ledger/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import type { RowTable } from './row-table.ts';

interface LedgerBrowsingProps {
  readonly api: HttpApi;
  readonly ledger: RowTable;
  readonly bundles: Bundles;
}

/** The log of every delivery and run. */
export class LedgerBrowsing extends Construct {
  constructor(scope: Construct, id: string, { api, ledger, bundles }: LedgerBrowsingProps) {
    super(scope, id);
    const browseLedger = new NodeFunction<BrowseLedgerEnv>(this, 'browse-ledger', {
      bundles,
      description: 'Answers and clears the log of deliveries and runs',
      timeout: httpTimeout,
      environment: { LEDGER_TABLE: ledger.name },
    });
    ledger.grantReadWrite(browseLedger);
    api.serve(browseLedger, { '/api/v1/hooks/logs': ['GET', 'DELETE'] });
  }
}
