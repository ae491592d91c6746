import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MeteredStack, startMeteredStack } from './metered-stack.ts';
import { type PriceId, readPriceTable } from './price-table.ts';
import type { Run } from './metered-stack.ts';

const sparse = { name: 'sparse', text: '', perRequest: 1, isSparse: true };
const tens = { name: 'tens', text: '', perRequest: 10, isSparse: false };

const countOf = ({ charges }: Run, price: PriceId, purpose: string): number =>
  charges
    .filter((charge) => charge.price === price && charge.purpose === purpose)
    .reduce((sum, { count }) => sum + count, 0);

describe('the stack under the meter', () => {
  let stack: MeteredStack;
  beforeAll(async () => {
    stack = await startMeteredStack(readPriceTable());
    await stack.addWebhooks(1);
  });
  afterAll(() => stack.stop());

  test('counts each station of an event with one delivery once', async () => {
    const run = await stack.run(sparse, { count: 3, dataBytes: 300 });
    expect(countOf(run, 'http-api-request', 'publish')).toBe(3);
    expect(countOf(run, 'eventbridge-event', 'catalog events')).toBe(3);
    expect(countOf(run, 'sqs-request', 'bus to webhook-events')).toBe(3);
    expect(countOf(run, 'sqs-request', 'receive from webhook-deliveries')).toBe(3);
    expect(countOf(run, 'sqs-request', 'delete from webhook-deliveries')).toBe(3);
    expect(countOf(run, 'lambda-invocation', 'send-webhook')).toBe(3);
    expect(countOf(run, 'dynamodb-write', 'ledger: delivery rows')).toBe(3);
    expect(countOf(run, 'egress-gb', 'to webhooks')).toBe(3);
  });

  test('counts a request of ten as one request and ten events', async () => {
    const run = await stack.run(tens, { count: 20, dataBytes: 300 });
    expect(countOf(run, 'http-api-request', 'publish')).toBe(2);
    expect(countOf(run, 'eventbridge-event', 'catalog events')).toBe(20);
    expect(countOf(run, 'dynamodb-write', 'ledger: delivery rows')).toBe(20);
  });

  test('counts a larger event by its size', async () => {
    const run = await stack.run(sparse, { count: 1, dataBytes: 70_000 });
    const published = run.charges.find(({ purpose }) => purpose === 'catalog events');
    expect(published).toMatchObject({ count: 1, units: 2 });
  });
});
