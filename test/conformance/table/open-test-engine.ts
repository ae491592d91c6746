import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createAwsRequestHandler } from '../../../local/aws/handle-aws-request.ts';
import { createInProcessClient } from '../../../local/aws/in-process-client.ts';
import { type DynamoEngine, openTables } from '../../../local/dynamodb/open-tables.ts';

const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' };

/** The embedded engine behind an SDK client, without a socket. */
export function openTestEngine(file = ':memory:'): {
  readonly engine: DynamoEngine;
  readonly client: DynamoDBClient;
  stop(): Promise<void>;
} {
  const engine = openTables({ file, now: Date.now, newId: randomUUID });
  const handle = createAwsRequestHandler({
    credentials,
    log: () => undefined,
    routes: {
      services: [],
      engines: new Map([[engine.targetPrefix, engine.handle]]),
      open: () => undefined,
      rest: () => undefined,
    },
  });
  const client = new DynamoDBClient({
    ...createInProcessClient({ handle, credentials, region: 'us-east-1', endpoint: 'http://127.0.0.1:1' }),
    maxAttempts: 1,
  });
  return {
    engine,
    client,
    async stop() {
      client.destroy();
      await engine.close();
    },
  };
}
