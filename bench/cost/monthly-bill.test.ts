import { describe, expect, test } from 'vitest';
import { totalOf } from './bill.ts';
import type { CostResult } from './cost-result.ts';
import { type Load, standingLines, variableLines } from './monthly-bill.ts';
import { readPriceTable } from './price-table.ts';

const prices = readPriceTable();
const line = (cause: 'event' | 'hook_executed', perEvent: number, perDelivery: number) => ({
  price: 'eventbridge-event' as const,
  purpose: cause,
  cause,
  per_event: perEvent,
  per_delivery: perDelivery,
  size: { kind: 'bytes' as const, base: 100, slope: 1 },
});
const traffic: CostResult['traffics'][number] = {
  name: 'tens',
  text: '',
  events: 1,
  batches: {},
  lines: [],
  fitted: [
    line('event', 1, 0),
    line('hook_executed', 0, 1),
    {
      price: 'lambda-invocation',
      purpose: 'send-webhook',
      cause: 'event',
      per_event: 0,
      per_delivery: 0.1,
      size: { kind: 'units', base: 1, slope: 0 },
    },
  ],
};
const result: CostResult = {
  prices: { region: 'us-east-1', dated: '2026-11' },
  data_bytes: 300,
  sender_megabytes: 512,
  standing: { alarms: 7, kms_keys: 1, polled_queues: 3, recovered_tables: 1 },
  traffics: [traffic],
};
const load: Load = {
  events: 1_000_000,
  webhooks: 2,
  dataBytes: 300,
  receiverMs: 0,
  viewers: 0,
  tellsExecutions: true,
};
const usd = (changes: Partial<Load>): number =>
  totalOf(variableLines(prices, result, traffic, { ...load, ...changes }));

describe('a month', () => {
  test.each<[string, Partial<Load>, number]>([
    ['events, deliveries and invocations', {}, 1 + 2 + 0.04],
    ['hook_executed kept off the bus', { tellsExecutions: false }, 1 + 0.04],
    ['no event', { events: 0 }, 0],
    ['no webhook', { webhooks: 0 }, 1],
    ['events of two chunks', { dataBytes: 70_000 }, 2 * (1 + 2) + 0.04],
    ['receivers of 100 ms', { receiverMs: 100 }, 3.04 + 200_000 * 0.1 * 0.5 * 0.0000133334],
    ['one viewer', { viewers: 1 }, 3.04 + 1 + (43_200 * 0.25) / 1e6],
  ])('%s', (_, changes, expected) => {
    expect(usd(changes)).toBeCloseTo(expected, 9);
  });

  test('costs its polls, alarms and key before the first event', () => {
    expect(standingLines(prices, result).map(({ usd }) => Number(usd.toFixed(4)))).toEqual([
      0.7776, 0.7, 1, 0.002,
    ]);
  });
});
