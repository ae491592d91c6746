import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { openTestEngine } from '../conformance/table/open-test-engine.ts';

export const configTable = 'config';
export const ledgerTable = 'ledger';
export const connectionsTable = 'connections';

export interface TestTables {
  readonly dynamo: DynamoDBDocumentClient;
  close(): Promise<void>;
}

const rowKeys = [
  { AttributeName: 'pk', KeyType: 'HASH' },
  { AttributeName: 'sk', KeyType: 'RANGE' },
] as const;

const asStrings = (names: readonly string[]) =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));

/** The tables, empty, in memory, in the embedded engine, behind a real DynamoDB client. */
export async function openTestTables(): Promise<TestTables> {
  const { client, stop } = openTestEngine();
  for (const TableName of [configTable, connectionsTable]) {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [...rowKeys],
        AttributeDefinitions: asStrings(['pk', 'sk']),
      }),
    );
  }
  await client.send(
    new CreateTableCommand({
      TableName: ledgerTable,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [...rowKeys],
      AttributeDefinitions: asStrings(['pk', 'sk', 'log', 'logged_at', 'undelivered']),
      GlobalSecondaryIndexes: [
        { name: 'by-time', hash: 'log' },
        { name: 'undelivered', hash: 'undelivered' },
      ].map(({ name, hash }) => ({
        IndexName: name,
        KeySchema: [
          { AttributeName: hash, KeyType: 'HASH' },
          { AttributeName: 'logged_at', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
  return {
    dynamo: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    close: stop,
  };
}
