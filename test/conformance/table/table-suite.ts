import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Capability, TableCapabilities, TableImplementation } from './table-capabilities.ts';

export type Row = Record<string, unknown>;

/** What the cases of a suite share: an implementation, started once, and tables of their own. */
export interface TableSuite {
  readonly capabilities: TableCapabilities;
  client(): DynamoDBClient;
  document(): DynamoDBDocumentClient;
  /** A case that is skipped, with its reason, where the capability is missing. */
  itNeeds(capability: Capability, title: string, run: () => Promise<void>): void;
  /** A new table; unless told, with the string keys `pk` and `sk`. */
  newTable(options?: Partial<CreateTableCommandInput>): Promise<string>;
  put(table: string, ...rows: readonly Row[]): Promise<void>;
  get(table: string, key: Row): Promise<Row | undefined>;
  /** Everything in a table, over all pages. */
  all(table: string): Promise<Row[]>;
}

export const stringKeys = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
} satisfies Partial<CreateTableCommandInput>;

/** To be called within `describe`: starts the implementation before its cases and stops it after them. */
export function createTableSuite(
  start: () => Promise<TableImplementation>,
  capabilities: TableCapabilities,
): TableSuite {
  let implementation: TableImplementation | undefined;
  let document: DynamoDBDocumentClient | undefined;
  const started = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('The implementation has not been started.');
    return value;
  };
  beforeAll(async () => {
    implementation = await start();
    document = DynamoDBDocumentClient.from(implementation.client);
  });
  afterAll(() => implementation?.stop());

  const suite: TableSuite = {
    capabilities,
    client: () => started(implementation).client,
    document: () => started(document),
    itNeeds: (capability, title, run) =>
      it.skipIf(capability !== 'as DynamoDB')(
        capability === 'as DynamoDB' ? title : `${title} (skipped: ${capability.skipped})`,
        async () => {
          expect.hasAssertions();
          await run();
        },
      ),
    async newTable(options = {}) {
      const TableName = options.TableName ?? `table-${randomUUID()}`;
      await suite
        .client()
        .send(
          new CreateTableCommand({ ...stringKeys, BillingMode: 'PAY_PER_REQUEST', ...options, TableName }),
        );
      await waitUntilTableExists({ client: suite.client(), maxWaitTime: 10, minDelay: 1 }, { TableName });
      return TableName;
    },
    async put(TableName, ...rows) {
      for (let at = 0; at < rows.length; at += 25) {
        const requests = rows.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
        const answer = await suite
          .document()
          .send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
        expect(answer.UnprocessedItems ?? {}).toEqual({});
      }
    },
    async get(TableName, Key) {
      const { Item } = await suite.document().send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item;
    },
    async all(TableName) {
      const rows: Row[] = [];
      let ExclusiveStartKey: Row | undefined;
      do {
        const page = await suite.document().send(new ScanCommand({ TableName, ExclusiveStartKey }));
        rows.push(...(page.Items ?? []));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return rows;
    },
  };
  return suite;
}
