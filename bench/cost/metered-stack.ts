import { CfnParameter } from 'aws-cdk-lib';
import type { Stack } from 'aws-cdk-lib';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Usage } from '../../local/meter.ts';
import { type RunningStack, startStack } from '../../local/start-stack.ts';
import { type Api, openApi } from '../api.ts';
import { sampleEventName } from '../sample-event.ts';
import { chargeUnits, sumCharges } from './charge.ts';
import type { Charge } from './charge.ts';
import type { TableIndexes } from './count-dynamodb.ts';
import { chargeAccessLine, chargeLogLine, chargePlatformLines } from './count-logs.ts';
import { queueLabel } from './count-sqs.ts';
import { createCountUsage } from './count-usage.ts';
import { type CountingReceiver, startCountingReceiver } from './counting-receiver.ts';
import type { PriceTable } from './price-table.ts';
import { type Batches, QueueBalance } from './queue-balance.ts';
import { shareTime } from './share-time.ts';
import type { Traffic } from './traffic.ts';

/** What some events cost on their way. */
export interface Run {
  readonly events: number;
  readonly webhooks: number;
  readonly dataBytes: number;
  readonly charges: readonly Charge[];
  /** By the queue's label. */
  readonly batches: Readonly<Record<string, Batches>>;
}

/** A stack in this process whose every billable step is counted. */
export interface MeteredStack {
  addWebhooks(count: number): Promise<void>;
  /** Publishes events, waits until nothing is left to do for them, and answers what that was. */
  run(traffic: Traffic, events: { readonly count: number; readonly dataBytes: number }): Promise<Run>;
  /** Of a function that ran. */
  memoryMegabytes(functionName: string): number | undefined;
  stop(): Promise<void>;
}

const publishHookExecutedAlways = (stack: Stack): void => {
  const parameter = stack.node.findChild('PublishHookExecuted');
  if (parameter instanceof CfnParameter) parameter.default = 'always';
};

const gigabyte = 2 ** 30;
const settleMsMax = 60_000;

async function readIndexes(stack: RunningStack): Promise<TableIndexes> {
  const dynamo = new DynamoDBClient({
    endpoint: stack.awsEndpoint,
    region: stack.region,
    credentials: stack.awsCredentials,
  });
  const names = [...new Set(Object.values(stack.resources.tableNames))];
  const tables = await Promise.all(
    names.map(async (name) => {
      const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: name }));
      const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName = '', KeySchema = [] }) => ({
        name: IndexName,
        keys: KeySchema.map(({ AttributeName = '' }) => AttributeName),
      }));
      return [name, indexes] as const;
    }),
  );
  dynamo.destroy();
  return new Map(tables);
}

/** Event data of about so many bytes as JSON; a key that the catalog does not know passes as it is. */
function dataOf(bytes: number): Record<string, unknown> {
  const known = { provider_name: 'opensubtitles', language: 'de', score: 412, series_title: 'Example Show' };
  const rest = bytes - JSON.stringify({ ...known, note: '' }).length;
  return { ...known, note: 'n'.repeat(Math.max(0, rest)) };
}

function bodyOf(count: number, dataBytes: number): string {
  const event = { event_name: sampleEventName, data: dataOf(dataBytes) };
  return JSON.stringify(count === 1 ? event : Array.from({ length: count }, () => event));
}

/** Lets one caller wait until something holds that is checked after every event. */
class Settling {
  readonly #isSettled: () => boolean;
  #resolve: (() => void) | undefined;

  constructor(isSettled: () => boolean) {
    this.#isSettled = isSettled;
  }

  check = (): void => {
    if (this.#resolve === undefined || !this.#isSettled()) return;
    this.#resolve();
    this.#resolve = undefined;
  };

  async wait(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      reject(new Error(`the events were not delivered within ${settleMsMax / 1000} s`));
    }, settleMsMax);
    this.#resolve = resolve;
    this.check();
    await promise.finally(() => clearTimeout(timer));
  }
}

interface Parts {
  readonly stack: RunningStack;
  readonly api: Api;
  readonly receiver: CountingReceiver;
}

/** Starts an ephemeral stack and a receiver under the meter. */
export async function startMeteredStack(prices: PriceTable): Promise<MeteredStack> {
  const receiver = await startCountingReceiver();
  const usages: Usage[] = [];
  const logged: string[] = [];
  const balance = new QueueBalance();
  const memory = new Map<string, number>();
  let functionNames: ReadonlySet<string> = new Set();
  let expected = 0;
  const settling = new Settling(() => receiver.count() >= expected && balance.isEven());
  receiver.onRequest = settling.check;
  const stack = await startStack({
    port: 0,
    // Priced both ways: what it causes stands apart.
    extend: publishHookExecutedAlways,
    log: ({ level, source, message }) => {
      if (functionNames.has(source)) logged.push(message);
      if (level === 'error') process.stderr.write(`[${source}] ${message}\n`);
    },
    meter: (usage) => {
      usages.push(usage);
      balance.add(usage);
      if (usage.kind === 'invocation') memory.set(usage.functionName, usage.memoryMegabytes);
      settling.check();
    },
  });
  functionNames = new Set(Object.keys(stack.resources.functionNames));
  return meter(prices, { stack, receiver, api: openApi(stack) }, await readIndexes(stack), {
    usages,
    logged,
    balance,
    memory,
    expect: (requests) => {
      expected = receiver.count() + requests;
    },
    settle: () => settling.wait(),
  });
}

interface Books {
  readonly usages: Usage[];
  readonly logged: string[];
  readonly balance: QueueBalance;
  readonly memory: ReadonlyMap<string, number>;
  expect(requests: number): void;
  settle(): Promise<void>;
}

function meter(
  prices: PriceTable,
  { stack, api, receiver }: Parts,
  indexes: TableIndexes,
  books: Books,
): MeteredStack {
  const count = createCountUsage(prices, indexes);
  let webhooks = 0;

  const publish = async (traffic: Traffic, events: number, dataBytes: number): Promise<void> => {
    const body = bodyOf(traffic.perRequest, dataBytes);
    for (let published = 0; published < events; published += traffic.perRequest) {
      books.expect(traffic.perRequest * webhooks);
      await api.publish(body);
      if (traffic.isSparse) await books.settle();
    }
  };

  return {
    addWebhooks: async (more) => {
      for (let added = 0; added < more; added += 1) {
        await api.send('POST', '/api/v1/webhooks', {
          name: `cost ${webhooks}`,
          event_name: sampleEventName,
          url: receiver.url,
        });
        webhooks += 1;
      }
    },

    run: async (traffic, { count: events, dataBytes }) => {
      // What an instance reads once in a while is on the bill of its life, not of the first event.
      books.expect(traffic.perRequest * webhooks);
      await api.publish(bodyOf(traffic.perRequest, dataBytes));
      await books.settle();
      books.usages.length = 0;
      books.logged.length = 0;
      books.balance.takeBatches();
      const bytesBefore = receiver.bytes();
      const countBefore = receiver.count();
      await publish(traffic, events, dataBytes);
      books.expect(countBefore + events * webhooks - receiver.count());
      await books.settle();
      const usages = shareTime(books.usages);
      const charges = [
        ...usages.flatMap(count),
        ...books.logged.flatMap(chargeLogLine),
        ...usages.flatMap(({ kind }) => (kind === 'invocation' ? chargePlatformLines() : [])),
        ...usages.flatMap(({ kind }) => (kind === 'http-request' ? chargeAccessLine() : [])),
        chargeUnits(
          'egress-gb',
          { purpose: 'to webhooks' },
          (receiver.bytes() - bytesBefore) / gigabyte,
          events * webhooks,
        ),
      ];
      return {
        events,
        webhooks,
        dataBytes,
        charges: sumCharges(charges),
        batches: Object.fromEntries(
          [...books.balance.takeBatches()].map(([name, batches]) => [queueLabel(name), batches]),
        ),
      };
    },

    memoryMegabytes: (functionName) => books.memory.get(functionName),

    stop: async () => {
      await api.close();
      await stack.stop();
      await receiver.close();
    },
  };
}
