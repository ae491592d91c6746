import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Env as CreateApiKeyEnv } from '../functions/create-api-key/env.ts';
import type { Bundles } from './bundle-functions.ts';
import { NodeFunction } from './node-function.ts';
import type { RowTable } from './row-table.ts';

interface KeySetupProps {
  readonly config: RowTable;
  readonly bundles: Bundles;
}

/** How keys are made: by whoever may invoke a function of this account, so that no key is needed for the first. */
export class KeySetup extends Construct {
  readonly functionName: string;

  constructor(scope: Construct, id: string, { config, bundles }: KeySetupProps) {
    super(scope, id);
    const createApiKey = new NodeFunction<CreateApiKeyEnv>(this, 'create-api-key', {
      bundles,
      description: 'Makes an API key and answers it, once',
      timeout: Duration.seconds(10),
      environment: { CONFIG_TABLE: config.name },
    });
    config.grantWrite(createApiKey);
    this.functionName = createApiKey.functionName;
  }
}
