import type { Cause, Charge } from './charge.ts';
import { type PriceId, type PriceTable, usdOf } from './price-table.ts';

/** A line of a bill with its price. */
export interface BillLine {
  readonly service: string;
  readonly purpose: string;
  readonly unit: string;
  readonly cause: Cause;
  readonly units: number;
  readonly usd: number;
  /** Whether it is one of the requests (and the time to serve them), or what they leave behind. */
  readonly isRequest: boolean;
}

/** What requests leave behind: logs, rows and traffic. */
const besides: ReadonlySet<PriceId> = new Set(['logs-gb', 'logs-gb-month', 'dynamodb-gb-month', 'egress-gb']);

/** Prices charges, the dearest first, and adds up what shares service, purpose and unit. */
export function billOf(
  prices: PriceTable,
  charges: readonly Pick<Charge, 'price' | 'purpose' | 'cause' | 'units'>[],
  scale = 1,
): BillLine[] {
  return charges
    .map(({ price, purpose, cause, units }) => ({
      service: prices.prices[price].service,
      purpose,
      unit: prices.prices[price].unit,
      cause,
      units: units * scale,
      usd: usdOf(prices, price, units * scale),
      isRequest: !besides.has(price),
    }))
    .sort((one, other) => other.usd - one.usd);
}

export const totalOf = (lines: readonly Pick<BillLine, 'usd'>[]): number =>
  lines.reduce((sum, { usd }) => sum + usd, 0);
