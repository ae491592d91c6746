import type { AwsRequestHandler } from '../aws/handle-aws-request.ts';
import { notEmulated } from '../aws/handle-aws-request.ts';
import type { DynamoContext, DynamoOperation } from './dynamo-context.ts';
import { DynamoError, unreadable } from './dynamo-errors.ts';
import { removeExpired } from './engine/remove-expired.ts';
import { openTableFile } from './engine/tables.ts';
import { batchGetItem } from './operations/batch-get-item.ts';
import { batchWriteItem } from './operations/batch-write-item.ts';
import { createTable } from './operations/create-table.ts';
import { deleteItem } from './operations/delete-item.ts';
import { deleteTable } from './operations/delete-table.ts';
import { describeTable } from './operations/describe-table.ts';
import { describeTimeToLive } from './operations/describe-time-to-live.ts';
import { getItem } from './operations/get-item.ts';
import { listTables } from './operations/list-tables.ts';
import { putItem } from './operations/put-item.ts';
import { query } from './operations/query.ts';
import { scan } from './operations/scan.ts';
import { transactGetItems } from './operations/transact-get-items.ts';
import { transactWriteItems } from './operations/transact-write-items.ts';
import { updateItem } from './operations/update-item.ts';
import { updateTable } from './operations/update-table.ts';
import { updateTimeToLive } from './operations/update-time-to-live.ts';
import { jsonObject } from './request/json-text.ts';
import { membersOf } from './request/members.ts';

/** DynamoDB on SQLite, in this process and without a socket of its own. */
export interface DynamoEngine {
  readonly targetPrefix: 'DynamoDB_20120810';
  readonly handle: AwsRequestHandler;
  /** Calls one operation directly; throws AwsError with DynamoDB's own code. */
  call(operation: string, input: unknown): Promise<unknown>;
  /**
   * Deletes up to `countMax` of a table's rows whose time to live is over at `now`, and answers how many. Throws
   * ResourceNotFoundException.
   */
  removeExpired(tableName: string, now: Date, countMax: number): number;
  close(): Promise<void>;
}

export interface DynamoOptions {
  /** Path of the SQLite file, made when missing (its folder must exist), or `:memory:`. */
  readonly file: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Makes unique ids, such as `randomUUID`. */
  readonly newId: () => string;
}

const targetPrefix = 'DynamoDB_20120810';
const contentType = 'application/x-amz-json-1.0';

const createOperations = (context: DynamoContext): ReadonlyMap<string, DynamoOperation> =>
  new Map([
    ['BatchGetItem', batchGetItem(context)],
    ['BatchWriteItem', batchWriteItem(context)],
    ['CreateTable', createTable(context)],
    ['DeleteItem', deleteItem(context)],
    ['DeleteTable', deleteTable(context)],
    ['DescribeTable', describeTable(context)],
    ['DescribeTimeToLive', describeTimeToLive(context)],
    ['GetItem', getItem(context)],
    ['ListTables', listTables(context)],
    ['PutItem', putItem(context)],
    ['Query', query(context)],
    ['Scan', scan(context)],
    ['TransactGetItems', transactGetItems(context)],
    ['TransactWriteItems', transactWriteItems(context)],
    ['UpdateItem', updateItem(context)],
    ['UpdateTable', updateTable(context)],
    ['UpdateTimeToLive', updateTimeToLive(context)],
  ]);

const shapeNames: ReadonlyMap<string, string> = new Map([
  ['ValidationException', 'com.amazon.coral.validate#ValidationException'],
  ['SerializationException', 'com.amazon.coral.service#SerializationException'],
]);

const shapeName = (code: string): string =>
  shapeNames.get(code) ?? `com.amazonaws.dynamodb.v20120810#${code}`;

function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw unreadable('The request body is not JSON');
  }
}

/** Opens or creates the tables of a file. Throws StartError, whose message is one line, when it cannot be used. */
export function openTables({ file, now, newId }: DynamoOptions): DynamoEngine {
  const tables = openTableFile(file);
  const operations = createOperations({ tables, now, newId });

  const run = (operationName: string, input: unknown): string => {
    const operation = operations.get(operationName);
    if (operation === undefined) throw notEmulated(`DynamoDB ${operationName}`);
    return jsonObject(operation(membersOf(input))).text;
  };

  return {
    targetPrefix,
    handle: async ({ headers, body }) => {
      const operationName = (headers['x-amz-target'] ?? '').slice(targetPrefix.length + 1);
      if (!operations.has(operationName)) throw notEmulated(`DynamoDB ${operationName}`);
      try {
        const answer = run(operationName, parseBody(body));
        return { status: 200, headers: { 'content-type': contentType }, body: answer };
      } catch (error) {
        if (!(error instanceof DynamoError)) throw error;
        const { code, message, details, status } = error;
        const answer = JSON.stringify({ __type: shapeName(code), message, ...details });
        return { status, headers: { 'content-type': contentType }, body: answer };
      }
    },
    // By way of JSON, as over the wire: operations may change their input.
    call: async (operationName, input) => JSON.parse(run(operationName, JSON.parse(JSON.stringify(input)))),
    removeExpired: (tableName, at, countMax) => removeExpired(tables, tableName, at, countMax),
    close: async () => tables.close(),
  };
}
