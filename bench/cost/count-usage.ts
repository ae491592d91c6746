import * as z from 'zod';
import type { Usage } from '../../local/meter.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { chargeRequest, chargeUnits } from './charge.ts';
import type { Charge } from './charge.ts';
import { createCountDynamoDb } from './count-dynamodb.ts';
import type { TableIndexes } from './count-dynamodb.ts';
import { bytesOf, causeOf, countSqsCall, queueLabel } from './count-sqs.ts';
import type { PriceTable } from './price-table.ts';

/** Turns what the meter is told into lines of a bill. */
export type CountUsage = (usage: Usage) => Charge[];

const putEventsSchema = z.object({
  Entries: z.array(
    z.object({
      Source: z.string().default(''),
      DetailType: z.string().default(''),
      Detail: z.string().default(''),
      Time: z.number().optional(),
    }),
  ),
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
const timeBytes = 14;
const fargateMinimumMs = 60_000;
const msPerHour = 3_600_000;

/** Lambda bills whole milliseconds. */
export function gbSecondsOf(durationMs: number, memoryMegabytes: number): number {
  return (Math.ceil(durationMs) / 1000) * (memoryMegabytes / 1024);
}

/** Fargate bills a minute at least. */
export function fargateHoursOf(durationMs: number): number {
  return Math.max(durationMs, fargateMinimumMs) / msPerHour;
}

function parseJson(bytes: Buffer): unknown {
  return bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8'));
}

function countPutEvents(prices: PriceTable, input: unknown): Charge[] {
  return putEventsSchema.parse(input).Entries.map(({ Source, DetailType, Detail, Time }) => {
    const bytes = bytesOf([Source, DetailType, Detail]) + (Time === undefined ? 0 : timeBytes);
    const isMeta = DetailType === 'hook_executed';
    return chargeRequest(
      prices,
      'eventbridge-event',
      { purpose: isMeta ? 'hook_executed' : 'catalog events', cause: isMeta ? 'hook_executed' : 'event' },
      bytes,
    );
  });
}

/** Makes the function that turns usage into charges. */
export function createCountUsage(prices: PriceTable, indexes: TableIndexes): CountUsage {
  const countDynamoDb = createCountDynamoDb(prices, indexes);

  const countCall = (usage: Extract<Usage, { kind: 'aws-call' }>): Charge[] => {
    const { target, status } = usage;
    if (/^POST .*\/@connections\//.test(target)) {
      return [chargeRequest(prices, 'websocket-message', { purpose: 'to viewers' }, usage.input.length)];
    }
    const [service = '', operation = ''] = target.split('.');
    switch (service) {
      case 'DynamoDB_20120810':
        return countDynamoDb({
          operation,
          status,
          input: parseJson(usage.input),
          output: parseJson(usage.output),
        });
      case 'AmazonSQS':
        return countSqsCall(prices, {
          operation,
          status,
          input: parseJson(usage.input),
          output: parseJson(usage.output),
        });
      case 'AWSEvents':
        return status === 200 ? countPutEvents(prices, parseJson(usage.input)) : [];
      case 'TrentService':
        return [chargeRequest(prices, 'kms-request', { purpose: operation })];
      // ECS has no price of its own, and Lambda is counted where functions run.
      default:
        return [];
    }
  };

  return (usage) => {
    switch (usage.kind) {
      case 'aws-call':
        return countCall(usage);
      case 'http-request':
        return [
          chargeRequest(
            prices,
            'http-api-request',
            { purpose: 'publish' },
            // What is metered of an answer is not documented: both ways is the most that it can be.
            usage.requestBytes + usage.responseBytes,
          ),
        ];
      case 'invocation': {
        const { functionName: purpose, startedAt, endedAt, memoryMegabytes } = usage;
        const durationMs = endedAt - startedAt;
        return [
          chargeRequest(prices, 'lambda-invocation', { purpose }),
          chargeUnits('lambda-gb-second', { purpose }, gbSecondsOf(durationMs, memoryMegabytes)),
        ];
      }
      case 'target-send':
        // EventBridge hands over each event by itself.
        return usage.bodies.map((body) =>
          chargeRequest(
            prices,
            'sqs-request',
            { purpose: `bus to ${queueLabel(usage.queueName)}`, cause: causeOf([body]) },
            bytesOf([body]),
          ),
        );
      case 'poll-receive':
        // Empty ones come with the time and not with events: the monthly model has them.
        if (usage.bodies.length === 0) return [];
        return [
          chargeRequest(
            prices,
            'sqs-request',
            { purpose: `receive from ${queueLabel(usage.queueName)}`, cause: causeOf(usage.bodies) },
            bytesOf(usage.bodies),
          ),
        ];
      case 'poll-delete':
        return [
          chargeRequest(prices, 'sqs-request', { purpose: `delete from ${queueLabel(usage.queueName)}` }),
        ];
      case 'task': {
        const hours = fargateHoursOf(usage.durationMs);
        const purpose = 'hook worker';
        return [
          chargeUnits('fargate-vcpu-hour', { purpose }, hours * (usage.cpuUnits / 1024)),
          chargeUnits('fargate-gb-hour', { purpose }, hours * (usage.memoryMegabytes / 1024)),
        ];
      }
      default:
        return assertNever(usage);
    }
  };
}
