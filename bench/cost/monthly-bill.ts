import type { BillLine } from './bill.ts';
import { billOf } from './bill.ts';
import type { CostResult } from './cost-result.ts';
import { unitsOfLine } from './fit-counts.ts';
import { type PriceTable, usdOf } from './price-table.ts';

/** What a deployment has to do in a month. */
export interface Load {
  /** Events that are published. */
  readonly events: number;
  /** Webhooks that get every one of them. */
  readonly webhooks: number;
  /** Of an event's `data` as JSON. */
  readonly dataBytes: number;
  /** How long a receiver takes to answer, in milliseconds. */
  readonly receiverMs: number;
  /** Live viewers, watching all the time. */
  readonly viewers: number;
  /** Whether `hook_executed` goes to the bus. */
  readonly tellsExecutions: boolean;
}

// Lambda polls a queue with five long polls of 20 s at a time, events or none.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const pollers = 5;
const pollSeconds = 20;
const monthMinutes = 30 * 24 * 60;
const configGigabytes = 0.01;
const senderName = 'send-webhook';

/** The month's variable costs, line by line, the dearest first. */
export function variableLines(
  prices: PriceTable,
  result: CostResult,
  traffic: CostResult['traffics'][number],
  load: Load,
): BillLine[] {
  const counted = traffic.fitted
    .filter(({ cause }) => load.tellsExecutions || cause === 'event')
    .map((line) => ({ ...line, units: unitsOfLine(prices, line, load) }));
  const sends =
    counted.find(({ price, purpose }) => price === 'lambda-invocation' && purpose === senderName)?.units ?? 0;
  const cause = 'event' as const;
  return billOf(prices, [
    ...counted,
    {
      price: 'lambda-gb-second',
      purpose: `${senderName} waiting for receivers`,
      cause,
      units: ((sends * load.receiverMs) / 1000) * (result.sender_megabytes / 1024),
    },
    {
      price: 'websocket-message',
      purpose: 'to viewers',
      cause,
      units: load.events * load.viewers,
    },
    {
      price: 'websocket-connection-minute',
      purpose: 'viewers connected',
      cause,
      units: load.viewers * monthMinutes,
    },
  ]).filter(({ usd }) => usd > 0);
}

/** What a month costs before the first event. */
export function standingLines(prices: PriceTable, { standing }: CostResult): { text: string; usd: number }[] {
  const polls = standing.polled_queues * pollers * ((monthMinutes * 60) / pollSeconds);
  return [
    {
      text: `idle polls of ${standing.polled_queues} queues (${pollers} long polls of ${pollSeconds} s each)`,
      usd: usdOf(prices, 'sqs-request', polls),
    },
    { text: `${standing.alarms} alarms`, usd: usdOf(prices, 'alarm-month', standing.alarms) },
    { text: `${standing.kms_keys} KMS key`, usd: usdOf(prices, 'kms-key-month', standing.kms_keys) },
    {
      text: `point-in-time recovery of ${standing.recovered_tables} table with ${configGigabytes * 1000} MB`,
      usd: usdOf(prices, 'dynamodb-pitr-gb-month', standing.recovered_tables * configGigabytes),
    },
  ];
}
