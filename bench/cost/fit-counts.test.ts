import { describe, expect, test } from 'vitest';
import type { Charge } from './charge.ts';
import { fitCounts, unitsOfLine } from './fit-counts.ts';
import type { Run } from './metered-stack.ts';
import { readPriceTable } from './price-table.ts';

const prices = readPriceTable();
const events = 100;

/** A world in which an event costs one event and each delivery a row whose size follows the event's. */
function run(webhooks: number, dataBytes: number): Run {
  const charge = (price: Charge['price'], count: number, bytesEach: number, unitsEach: number): Charge => ({
    price,
    purpose: 'a',
    cause: 'event',
    count,
    bytes: bytesEach * count,
    units: unitsEach * count,
  });
  const rowBytes = 200 + dataBytes;
  return {
    events,
    webhooks,
    dataBytes,
    batches: {},
    charges: [
      charge('eventbridge-event', events, 100 + dataBytes, 1),
      charge('dynamodb-write', events * webhooks, rowBytes, Math.ceil(rowBytes / 1024)),
      charge('lambda-gb-second', events * 0.1 * (1 + webhooks), 0, 0.01),
      charge('dynamodb-gb-month', events * webhooks, 0, rowBytes / 2 ** 30),
    ],
  };
}

const lines = fitCounts({ base: run(1, 300), more: run(3, 300), large: run(1, 6_000) });
const unitsOf = (price: Charge['price'], load: Parameters<typeof unitsOfLine>[2]): number =>
  lines
    .filter((line) => line.price === price)
    .reduce((sum, line) => sum + unitsOfLine(prices, line, load), 0);

describe('what three runs tell of any other', () => {
  test.each([
    ['the runs themselves', 100, 1, 300],
    ['more webhooks', 100, 50, 300],
    ['larger events', 100, 1, 100_000],
    ['events without webhooks', 1_000, 0, 300],
    ['events without data', 1_000, 2, 0],
  ])('%s', (_, events, webhooks, dataBytes) => {
    const load = { events, webhooks, dataBytes };
    expect(unitsOf('eventbridge-event', load)).toBeCloseTo(
      events * Math.max(1, Math.ceil((100 + dataBytes) / 65_536)),
      6,
    );
    expect(unitsOf('dynamodb-write', load)).toBeCloseTo(
      events * webhooks * Math.ceil((200 + dataBytes) / 1024),
      6,
    );
    expect(unitsOf('lambda-gb-second', load)).toBeCloseTo(events * 0.1 * (1 + webhooks) * 0.01, 6);
    expect(unitsOf('dynamodb-gb-month', load)).toBeCloseTo(
      (events * webhooks * (200 + dataBytes)) / 2 ** 30,
      9,
    );
  });
});
