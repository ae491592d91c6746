import { Construct } from 'constructs';
import type { Env as TestFilterEnv } from '../functions/test-filter/env.ts';
import type { Bundles } from './bundle-functions.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import type { RowTable } from './row-table.ts';

interface FilterTestProps {
  readonly api: HttpApi;
  readonly ledger: RowTable;
  readonly bundles: Bundles;
}

/** Where a filter is tried on an event before a webhook or hook gets it. */
export class FilterTest extends Construct {
  constructor(scope: Construct, id: string, { api, ledger, bundles }: FilterTestProps) {
    super(scope, id);
    const testFilter = new NodeFunction<TestFilterEnv>(this, 'test-filter', {
      bundles,
      description: 'Says whether a filter lets an event through',
      timeout: httpTimeout,
      environment: { LEDGER_TABLE: ledger.name },
    });
    ledger.grantRead(testFilter);
    api.serve(testFilter, { '/api/v1/filters/test': ['POST'] });
  }
}
