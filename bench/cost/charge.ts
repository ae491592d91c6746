import type { PriceId, PriceTable } from './price-table.ts';

/** What made AWS charge: an event on its way, or the `hook_executed` that tells of its end. */
export type Cause = 'event' | 'hook_executed';

/** One line of a bill: `count` requests (items, invocations …) for one purpose, metered as `units`. */
export interface Charge {
  readonly price: PriceId;
  readonly purpose: string;
  readonly cause: Cause;
  readonly count: number;
  /** Of all requests together; 0 where size does not count. */
  readonly bytes: number;
  readonly units: number;
}

type Purpose = Pick<Charge, 'purpose'> & { readonly cause?: Cause };

/** So many units as the payload has begun chunks; an empty payload is one. */
export function chunksOf(bytes: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes));
}

/** The units of one request by its size. */
export function unitsOf(table: PriceTable, price: PriceId, bytes: number): number {
  const { chunkBytes } = table.prices[price];
  return chunkBytes === undefined ? 1 : chunksOf(bytes, chunkBytes);
}

/** One request of `bytes`, in the units of its price. */
export function chargeRequest(
  table: PriceTable,
  price: PriceId,
  { purpose, cause = 'event' }: Purpose,
  bytes = 0,
): Charge {
  return { price, purpose, cause, count: 1, bytes, units: unitsOf(table, price, bytes) };
}

/** Something that was metered in units already. */
export function chargeUnits(
  price: PriceId,
  { purpose, cause = 'event' }: Purpose,
  units: number,
  count = 1,
): Charge {
  return { price, purpose, cause, count, bytes: 0, units };
}

const keyOf = ({ price, purpose, cause }: Charge): string => `${price} ${cause} ${purpose}`;

/** Adds up charges of the same price, purpose and cause. */
export function sumCharges(charges: Iterable<Charge>): Charge[] {
  const sums = new Map<string, Charge>();
  for (const charge of charges) {
    const sum = sums.get(keyOf(charge));
    sums.set(
      keyOf(charge),
      sum === undefined
        ? charge
        : {
            ...sum,
            count: sum.count + charge.count,
            bytes: sum.bytes + charge.bytes,
            units: sum.units + charge.units,
          },
    );
  }
  return [...sums.values()];
}
