import * as z from 'zod';
import type { Charge } from './charge.ts';
import type { Run } from './metered-stack.ts';
import { type PriceTable, priceIds } from './price-table.ts';

const straightLine = z.object({ base: z.number(), slope: z.number() });

const sizeSchema = z.discriminatedUnion('kind', [
  /** Bytes of one request by the bytes of an event's data; the price's chunks make units of them. */
  z.object({ kind: z.literal('bytes'), ...straightLine.shape }),
  /** Units of one request by the bytes of an event's data. */
  z.object({ kind: z.literal('units'), ...straightLine.shape }),
]);

/** How often something is charged for an event, and how large it is. */
export const fittedLineSchema = z.object({
  price: z.enum(priceIds),
  purpose: z.string(),
  cause: z.enum(['event', 'hook_executed']),
  /** Times per event, whatever the number of webhooks. */
  per_event: z.number(),
  /** Times per delivery, on top. */
  per_delivery: z.number(),
  size: sizeSchema,
});
export type FittedLine = z.infer<typeof fittedLineSchema>;

/** Prices by the gigabyte follow the size without steps. */
const isByGigabyte = ({ price }: Pick<Charge, 'price'>): boolean =>
  /-gb$|dynamodb-gb-month|logs-gb-month/.test(price);

const sameLine = (one: Charge, other: Charge): boolean =>
  one.price === other.price && one.purpose === other.purpose && one.cause === other.cause;

function fitSize(base: Charge, large: Charge | undefined, extraBytes: number): z.infer<typeof sizeSchema> {
  const slope = (of: (charge: Charge) => number): number =>
    large === undefined || large.count === 0 ? 0 : Math.max(0, (of(large) - of(base)) / extraBytes);
  if (base.bytes > 0) {
    const bytesEach = ({ bytes, count }: Charge): number => bytes / count;
    const perByte = slope(bytesEach);
    return { kind: 'bytes', slope: perByte, base: bytesEach(base) };
  }
  const unitsEach = ({ units, count }: Charge): number => units / count;
  return { kind: 'units', slope: isByGigabyte(base) ? slope(unitsEach) : 0, base: unitsEach(base) };
}

/**
 * Fits straight lines through three runs: one webhook with small events, more webhooks, and larger events. The base
 * of a size is that of an event without data.
 */
export function fitCounts(runs: {
  readonly base: Run;
  readonly more: Run;
  readonly large: Run;
}): FittedLine[] {
  const { base, more, large } = runs;
  const extraBytes = large.dataBytes - base.dataBytes;
  const extraWebhooks = more.webhooks - base.webhooks;
  return base.charges.map((charge) => {
    const inMore = more.charges.find((each) => sameLine(each, charge));
    const timesBase = charge.count / base.events;
    const timesMore = (inMore?.count ?? 0) / more.events;
    const perDelivery = Math.max(0, (timesMore - timesBase) / extraWebhooks);
    const size = fitSize(
      charge,
      large.charges.find((each) => sameLine(each, charge)),
      extraBytes,
    );
    return {
      price: charge.price,
      purpose: charge.purpose,
      cause: charge.cause,
      per_event: Math.max(0, timesBase - perDelivery * base.webhooks),
      per_delivery: perDelivery,
      size: { ...size, base: Math.max(0, size.base - size.slope * base.dataBytes) },
    };
  });
}

/** The units that a line comes to. */
export function unitsOfLine(
  prices: PriceTable,
  line: FittedLine,
  load: { readonly events: number; readonly webhooks: number; readonly dataBytes: number },
): number {
  const times = load.events * (line.per_event + line.per_delivery * load.webhooks);
  const size = line.size.base + line.size.slope * load.dataBytes;
  const { chunkBytes } = prices.prices[line.price];
  if (line.size.kind === 'units' || chunkBytes === undefined) return times * size;
  return times * Math.max(1, Math.ceil(size / chunkBytes));
}
