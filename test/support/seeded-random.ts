/** Chance that can be repeated: the same seed gives the same numbers. */
export interface SeededRandom {
  readonly seed: number;
  /** A number in [0, 1). */
  readonly next: () => number;
  /** True with this probability. */
  readonly happens: (share: number) => boolean;
  /** A whole number from `min` up to and without `max`. */
  readonly between: (min: number, max: number) => number;
  readonly oneOf: <Item>(items: readonly [Item, ...Item[]]) => Item;
}

/** The variable that repeats a run by the seed which its test's title tells. */
const seedVariable = 'FAULT_SEED';

/** @param seed where to begin; of the environment, or a new one, unless told */
export function seedRandom(
  seed = Number(process.env[seedVariable] ?? Math.floor(Math.random() * 2 ** 32)),
): SeededRandom {
  let state = seed >>> 0;
  // Mulberry32, https://github.com/cprosche/mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min));
  return {
    seed,
    next,
    between,
    happens: (share) => next() < share,
    oneOf: (items) => items[between(0, items.length)] ?? items[0],
  };
}
