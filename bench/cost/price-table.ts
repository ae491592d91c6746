import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** Everything that the meter or the monthly model knows how to count. */
export const priceIds = [
  'http-api-request',
  'websocket-message',
  'websocket-connection-minute',
  'eventbridge-event',
  'sqs-request',
  'sqs-fair-request',
  'lambda-invocation',
  'lambda-gb-second',
  'dynamodb-write',
  'dynamodb-read',
  'dynamodb-gb-month',
  'dynamodb-pitr-gb-month',
  'kms-request',
  'kms-key-month',
  'fargate-vcpu-hour',
  'fargate-gb-hour',
  'logs-gb',
  'logs-gb-month',
  'alarm-month',
  'egress-gb',
] as const;
export type PriceId = (typeof priceIds)[number];

const priceSchema = z.object({
  service: z.string(),
  /** For `per` units. */
  usd: z.number().nonnegative(),
  per: z.number().positive(),
  unit: z.string(),
  /** A larger payload counts as so many units as it has begun chunks; undefined where size does not count. */
  chunkBytes: z.int().positive().optional(),
  source: z.url(),
});
export type Price = z.infer<typeof priceSchema>;

const peerSchema = z.object({
  name: z.string(),
  usdPerMillion: z.number(),
  note: z.string(),
  source: z.url(),
});

const priceTableSchema = z.object({
  region: z.string(),
  /** Year and month in which the prices were read. */
  dated: z.string().regex(/^\d{4}-\d{2}$/),
  currency: z.literal('USD'),
  prices: z.record(z.enum(priceIds), priceSchema),
  peers: z.array(peerSchema),
});
/** Without free tiers and volume discounts: an account spends those once, on whatever comes first. */
export type PriceTable = z.infer<typeof priceTableSchema>;

/** Reads the price table of the repository. Throws when a price is missing or malformed. */
export function readPriceTable(path = join(import.meta.dirname, 'prices', 'us-east-1.json')): PriceTable {
  return priceTableSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** What so many units cost, in USD. */
export function usdOf(table: PriceTable, price: PriceId, units: number): number {
  const { usd, per } = table.prices[price];
  return (units / per) * usd;
}
