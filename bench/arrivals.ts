import type { Tally } from './receiver-messages.ts';

/** What came of one request. */
export type Arrival = 'first' | 'again' | 'duplicate';

const startSize = 1024;

/** What arrived at one path, by the number of the event: nine bytes each, so that a soak does not fill the memory. */
class PathArrivals {
  #at = new Float64Array(startSize).fill(Number.NaN);
  #isAccepted = new Uint8Array(startSize);
  #size = 0;

  #grow(size: number): void {
    const at = new Float64Array(size).fill(Number.NaN);
    at.set(this.#at);
    const isAccepted = new Uint8Array(size);
    isAccepted.set(this.#isAccepted);
    this.#at = at;
    this.#isAccepted = isAccepted;
  }

  add(number: number, atMs: number): Arrival {
    if (number >= this.#at.length) this.#grow(Math.max(number + 1, this.#at.length * 2));
    this.#size = Math.max(this.#size, number + 1);
    if (this.#isAccepted[number] === 1) return 'duplicate';
    if (!Number.isNaN(this.#at[number])) return 'again';
    this.#at[number] = atMs;
    return 'first';
  }

  accept(number: number): void {
    this.#isAccepted[number] = 1;
  }

  times(): Float64Array<ArrayBuffer> {
    return this.#at.slice(0, this.#size);
  }
}

const emptyTally = { arrived: 0, accepted: 0, duplicates: 0, requests: 0, firstAt: 0, lastAt: 0 };

/** Counts deliveries by group and remembers when each came first. */
export class Arrivals {
  readonly #paths = new Map<string, PathArrivals>();
  readonly #tallies = new Map<string, { -readonly [Key in keyof Tally]: Tally[Key] }>();

  #tallyFor(group: string): { -readonly [Key in keyof Tally]: Tally[Key] } {
    const known = this.#tallies.get(group);
    if (known !== undefined) return known;
    const tally = { ...emptyTally };
    this.#tallies.set(group, tally);
    return tally;
  }

  add(delivery: {
    readonly path: string;
    readonly group: string;
    readonly number: number;
    readonly atMs: number;
    readonly isAccepted: (arrival: Arrival) => boolean;
  }): Arrival {
    const { path, number, atMs } = delivery;
    let arrivals = this.#paths.get(path);
    if (arrivals === undefined) {
      arrivals = new PathArrivals();
      this.#paths.set(path, arrivals);
    }
    const tally = this.#tallyFor(delivery.group);
    const arrival = arrivals.add(number, atMs);
    tally.requests += 1;
    if (arrival === 'duplicate') {
      tally.duplicates += 1;
      return arrival;
    }
    if (arrival === 'first') {
      tally.arrived += 1;
      tally.firstAt ||= atMs;
      tally.lastAt = atMs;
    }
    if (delivery.isAccepted(arrival)) {
      tally.accepted += 1;
      arrivals.accept(number);
    }
    return arrival;
  }

  tally(group: string): Tally {
    return { ...(this.#tallies.get(group) ?? emptyTally) };
  }

  times(path: string): Float64Array<ArrayBuffer> {
    return this.#paths.get(path)?.times() ?? new Float64Array(0);
  }
}
