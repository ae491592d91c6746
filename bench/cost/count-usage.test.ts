import { describe, expect, test } from 'vitest';
import type { Usage } from '../../local/meter.ts';
import { createCountUsage, fargateHoursOf, gbSecondsOf } from './count-usage.ts';
import { readPriceTable } from './price-table.ts';

const prices = readPriceTable();
const ledger = 'sublarr-events-ledger';
const count = createCountUsage(
  prices,
  new Map([
    [ledger, [{ name: 'by-time', keys: ['log', 'logged_at'] }]],
    ['sublarr-events-config', []],
  ]),
);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const call = (target: string, input: unknown, output: unknown = {}, status = 200): Usage => ({
  kind: 'aws-call',
  target,
  status,
  input: json(input),
  output: json(output),
});
/** What each line of the bill says, in short. */
const bill = (usage: Usage) => count(usage).map(({ price, units }) => [price, units]);
const writes = (usage: Usage) =>
  count(usage)
    .filter(({ price }) => price === 'dynamodb-write')
    .map(({ purpose, units }) => [purpose, units]);
const text = (bytes: number): string => 'x'.repeat(bytes);

describe('EventBridge', () => {
  test('counts each event of a call by itself, in chunks of 64 KB', () => {
    const entry = (bytes: number) => ({ Source: 's', DetailType: 't', Detail: text(bytes) });
    expect(bill(call('AWSEvents.PutEvents', { Entries: [entry(10), entry(65_534), entry(65_535)] }))).toEqual(
      [
        ['eventbridge-event', 1],
        ['eventbridge-event', 1],
        ['eventbridge-event', 2],
      ],
    );
  });

  test('tells what is told of deliveries from what was published', () => {
    const [published, told] = count(
      call('AWSEvents.PutEvents', {
        Entries: [
          { DetailType: 'config_updated', Detail: '{}' },
          { DetailType: 'hook_executed', Detail: '{}' },
        ],
      }),
    );
    expect([published?.cause, told?.cause]).toEqual(['event', 'hook_executed']);
  });

  test('makes a request to a queue for each event, whatever the stack did', () => {
    const usage: Usage = {
      kind: 'target-send',
      queueName: 'sublarr-events-webhook-events',
      bodies: ['a', text(65_537), '{"event_name":"hook_executed"}'],
    };
    expect(count(usage).map(({ purpose, units, cause }) => [purpose, units, cause])).toEqual([
      ['bus to webhook-events', 1, 'event'],
      ['bus to webhook-events', 2, 'event'],
      ['bus to webhook-events', 1, 'hook_executed'],
    ]);
  });
});

describe('SQS', () => {
  const QueueUrl = 'http://127.0.0.1:1/000000000000/sublarr-events-webhook-deliveries';

  test('counts a batch by its bytes, and a message group on top', () => {
    const Entries = [{ MessageBody: text(40_000), MessageGroupId: 'wh' }, { MessageBody: text(40_000) }];
    expect(bill(call('AmazonSQS.SendMessageBatch', { QueueUrl, Entries }))).toEqual([
      ['sqs-request', 2],
      ['sqs-fair-request', 2],
    ]);
    expect(bill(call('AmazonSQS.SendMessage', { QueueUrl, MessageBody: 'a' }))).toEqual([['sqs-request', 1]]);
  });

  test('counts what is received by its bytes, and a deletion of ten as one', () => {
    const Messages = [{ Body: text(70_000) }];
    expect(bill(call('AmazonSQS.ReceiveMessage', { QueueUrl }, { Messages }))).toEqual([['sqs-request', 2]]);
    expect(bill(call('AmazonSQS.DeleteMessageBatch', { QueueUrl, Entries: [] }))).toEqual([
      ['sqs-request', 1],
    ]);
    expect(bill({ kind: 'poll-delete', queueName: 'q', count: 10 })).toEqual([['sqs-request', 1]]);
  });

  test('counts a poll that brought something; those that did not come with the time', () => {
    expect(bill({ kind: 'poll-receive', queueName: 'q', bodies: [text(1), text(65_536)] })).toEqual([
      ['sqs-request', 2],
    ]);
    expect(bill({ kind: 'poll-receive', queueName: 'q', bodies: [] })).toEqual([]);
  });
});

describe('DynamoDB', () => {
  const row = (bytes: number, rest: object = {}) => ({
    pk: { S: 'p' },
    sk: { S: 's' },
    body: { S: text(bytes) },
    ...rest,
  });
  const logged = { log: { S: 'l' }, logged_at: { S: 't' } };

  test('counts every item of a batch, in the table and in each index that holds it', () => {
    const RequestItems = {
      [ledger]: [
        { PutRequest: { Item: row(500, logged) } },
        { PutRequest: { Item: row(2000) } },
        { DeleteRequest: { Key: { pk: { S: 'p' } } } },
      ],
    };
    const purposes = writes(call('DynamoDB_20120810.BatchWriteItem', { RequestItems }));
    expect(purposes.map(([, units]) => units)).toEqual([1, 1, 2, 1, 1]);
    expect(purposes.map(([purpose]) => purpose)).toContainEqual(expect.stringContaining('in index by-time'));
  });

  test('stores a kept row once for the table and once for its index', () => {
    const Item = row(900, { ...logged, event_name: { S: 'e' }, expires_at: { N: '1' } });
    const stored = count(call('DynamoDB_20120810.PutItem', { TableName: ledger, Item })).filter(
      ({ price }) => price === 'dynamodb-gb-month',
    );
    expect(stored).toHaveLength(2);
  });

  test.each(['GetItem', 'Query', 'Scan'])('takes the units of %s from the engine', (operation) => {
    const output = { ConsumedCapacity: { TableName: 'sublarr-events-config', CapacityUnits: 1.5 } };
    expect(bill(call(`DynamoDB_20120810.${operation}`, { TableName: 'x' }, output))).toEqual([
      ['dynamodb-read', 1.5],
    ]);
  });

  test('counts an update in each index as in the table', () => {
    const output = { ConsumedCapacity: { TableName: ledger, CapacityUnits: 3 } };
    const purposes = writes(call('DynamoDB_20120810.UpdateItem', { TableName: ledger }, output));
    expect(purposes.map(([, units]) => units)).toEqual([3, 3]);
  });

  test('counts a write whose condition did not hold, and no other refusal', () => {
    const refused = (code: string) =>
      bill(
        call('DynamoDB_20120810.UpdateItem', { TableName: ledger }, { __type: `com.amazonaws#${code}` }, 400),
      );
    expect(refused('ConditionalCheckFailedException')).toEqual([['dynamodb-write', 1]]);
    expect(refused('ValidationException')).toEqual([]);
  });
});

describe('everything else', () => {
  test.each<[string, Usage, [string, number][]]>([
    [
      'a request to the API',
      { kind: 'http-request', requestBytes: 600_000, responseBytes: 10 },
      [['http-api-request', 2]],
    ],
    ['KMS', call('TrentService.Decrypt', {}), [['kms-request', 1]]],
    [
      'a frame to a viewer',
      {
        kind: 'aws-call',
        target: 'POST /live/@connections/abc',
        status: 200,
        input: Buffer.alloc(33_000),
        output: Buffer.alloc(0),
      },
      [['websocket-message', 2]],
    ],
    [
      'an invocation, by the millisecond begun',
      { kind: 'invocation', functionName: 'f', memoryMegabytes: 512, startedAt: 5, endedAt: 14.2 },
      [
        ['lambda-invocation', 1],
        ['lambda-gb-second', 0.005],
      ],
    ],
    [
      'a task, a minute at least',
      { kind: 'task', cpuUnits: 256, memoryMegabytes: 512, durationMs: 1_000 },
      [
        ['fargate-vcpu-hour', 0.25 / 60],
        ['fargate-gb-hour', 0.5 / 60],
      ],
    ],
    ['ECS, which is free', call('AmazonEC2ContainerServiceV20141113.RunTask', {}), []],
  ])('%s', (_, usage, expected) => {
    expect(bill(usage)).toEqual(expected);
  });

  test.each([
    [0.1, 1024, 0.001],
    [1000, 256, 0.25],
    [1000.5, 1024, 1.001],
  ])('%d ms with %i MB are %d GB-s', (ms, megabytes, expected) => {
    expect(gbSecondsOf(ms, megabytes)).toBeCloseTo(expected, 9);
  });

  test.each([
    [0, 1 / 60],
    [60_000, 1 / 60],
    [90_000, 0.025],
  ])('a task of %i ms is billed for %d hours', (ms, hours) => {
    expect(fargateHoursOf(ms)).toBeCloseTo(hours, 9);
  });
});
