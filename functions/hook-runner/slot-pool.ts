/** The places in which a worker runs scripts. */
export interface SlotPool {
  /** Waits for a free place, first come first served; undefined when it would wait in a closed pool. */
  take(): Promise<number | undefined>;
  giveBack(slot: number): void;
  /** Lets nobody wait any more. */
  close(): void;
}

export function createSlotPool(count: number): SlotPool {
  const freeSlots = Array.from({ length: count }, (_, slot) => slot).reverse();
  const waiting: ((slot: number | undefined) => void)[] = [];
  let isClosed = false;
  return {
    take() {
      const slot = freeSlots.pop();
      if (slot !== undefined || isClosed) return Promise.resolve(slot);
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    giveBack(slot) {
      const next = waiting.shift();
      if (next === undefined) freeSlots.push(slot);
      else next(slot);
    },
    close() {
      isClosed = true;
      for (const refuse of waiting.splice(0)) refuse(undefined);
    },
  };
}
