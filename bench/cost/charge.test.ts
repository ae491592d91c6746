import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chargeRequest, chargeUnits, chunksOf, sumCharges, unitsOf } from './charge.ts';
import { readPriceTable, usdOf } from './price-table.ts';
import type { PriceId } from './price-table.ts';

const prices = readPriceTable();
const kb = 1024;

describe('a request is metered by the chunks that its payload begins', () => {
  test.each<[PriceId, number, number]>([
    ['http-api-request', 0, 1],
    ['http-api-request', 512 * kb, 1],
    ['http-api-request', 512 * kb + 1, 2],
    ['eventbridge-event', 64 * kb, 1],
    ['eventbridge-event', 64 * kb + 1, 2],
    ['eventbridge-event', 256 * kb, 4],
    ['sqs-request', 1, 1],
    ['sqs-request', 64 * kb + 1, 2],
    ['sqs-request', 1024 * kb, 16],
    ['websocket-message', 32 * kb + 1, 2],
    ['dynamodb-write', 0, 1],
    ['dynamodb-write', 1024, 1],
    ['dynamodb-write', 1025, 2],
    ['dynamodb-read', 4096, 1],
    ['dynamodb-read', 4097, 2],
    ['kms-request', 4096, 1],
    ['lambda-invocation', 6 * kb * kb, 1],
  ])('%s of %i bytes is %i', (price, bytes, units) => {
    expect(unitsOf(prices, price, bytes)).toBe(units);
  });

  test('with no byte too few and no chunk too many', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.integer({ min: 1, max: 1_000_000 }), (bytes, chunk) => {
        const chunks = chunksOf(bytes, chunk);
        expect(chunks * chunk).toBeGreaterThanOrEqual(bytes);
        expect((chunks - 1) * chunk).toBeLessThanOrEqual(Math.max(0, bytes - 1));
      }),
    );
  });
});

describe('prices', () => {
  test.each<[PriceId, number, number]>([
    ['http-api-request', 1_000_000, 1],
    ['sqs-request', 2_500_000, 1],
    ['dynamodb-write', 1_000_000, 0.625],
    ['dynamodb-read', 500_000, 0.0625],
    ['kms-request', 10_000, 0.03],
    ['lambda-gb-second', 1_000_000, 13.3334],
    ['fargate-vcpu-hour', 2, 0.06476],
    ['egress-gb', 10, 0.9],
  ])('%s: %d units cost $%d', (price, units, usd) => {
    expect(usdOf(prices, price, units)).toBeCloseTo(usd, 10);
  });

  test('have a source each, and a date', () => {
    expect(prices.dated).toBe('2026-11');
    for (const { source } of Object.values(prices.prices))
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
  });
});

test('charges add up by price, purpose and cause', () => {
  const one = chargeRequest(prices, 'sqs-request', { purpose: 'send' }, 70 * kb);
  const told = chargeRequest(prices, 'sqs-request', { purpose: 'send', cause: 'hook_executed' }, 10);
  const other = chargeUnits('lambda-gb-second', { purpose: 'send' }, 0.5);
  expect(sumCharges([one, told, one, other])).toEqual([
    { ...one, count: 2, bytes: 140 * kb, units: 4 },
    told,
    other,
  ]);
});
