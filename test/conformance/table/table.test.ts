import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { describe } from 'vitest';
import { describeConditions, describeUpdates } from './expression-cases.ts';
import { describeItems } from './item-cases.ts';
import { openTestEngine } from './open-test-engine.ts';
import { describeReads } from './query-cases.ts';
import type { TableCapabilities, TableImplementation } from './table-capabilities.ts';
import { describeTables } from './table-cases.ts';
import { createTableSuite } from './table-suite.ts';
import { describeTransactions } from './transaction-cases.ts';

/** What of DynamoDB this project builds on, for any implementation of its protocol. */
function describeTableConformance(
  name: string,
  start: () => Promise<TableImplementation>,
  capabilities: TableCapabilities,
): void {
  describe(name, () => {
    const suite = createTableSuite(start, capabilities);
    describeTables(suite);
    describeItems(suite);
    describeConditions(suite);
    describeUpdates(suite);
    describeReads(suite);
    describeTransactions(suite);
  });
}

describeTableConformance('the embedded tables', async () => openTestEngine(), {
  transactions: 'as DynamoDB',
  addsIndexes: 'as DynamoDB',
  timeToLive: 'as DynamoDB',
  tellsFailedItem: 'as DynamoDB',
  comparesCollections: 'as DynamoDB',
  countsBytes: 'as DynamoDB',
  ordersByBytes: 'as DynamoDB',
  checksOperands: 'as DynamoDB',
  removesAtOnce: 'as DynamoDB',
  refusesLegacy: 'as DynamoDB',
  projectsIndexes: 'as DynamoDB',
  refusesEmptyIndexKeys: 'as DynamoDB',
});

describeTableConformance(
  'dynalite',
  async () => {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    return {
      client,
      async stop() {
        client.destroy();
        server.close();
        await once(server, 'close');
      },
    };
  },
  {
    transactions: { skipped: 'dynalite has no transactions' },
    addsIndexes: { skipped: 'dynalite adds no index to a table' },
    timeToLive: { skipped: 'dynalite has no time to live' },
    tellsFailedItem: { skipped: 'dynalite lacks ReturnValuesOnConditionCheckFailure' },
    comparesCollections: { skipped: 'dynalite compares lists and maps by identity' },
    countsBytes: { skipped: 'dynalite counts UTF-16 units' },
    ordersByBytes: { skipped: 'dynalite compares UTF-16 units' },
    checksOperands: { skipped: 'dynalite compares values of any type' },
    removesAtOnce: { skipped: 'dynalite removes one after the other, by the places of between' },
    refusesLegacy: { skipped: 'dynalite has the parameters of before expressions' },
    projectsIndexes: { skipped: 'dynalite takes projections of what an index does not hold' },
    refusesEmptyIndexKeys: { skipped: 'dynalite takes empty index keys' },
  },
);
