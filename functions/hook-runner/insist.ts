/** Waits, or less when the signal says so. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>;

const pausesMs = [500, 1_000, 2_000, 4_000, 8_000, 16_000];

/**
 * Tries a write again for half a minute: a script that has run would otherwise run a second time, because nobody
 * wrote down that it did. Throws the last error.
 */
export async function insist<Value>(write: () => Promise<Value>, pause: Pause): Promise<Value> {
  for (const pauseMs of pausesMs) {
    try {
      return await write();
    } catch {
      await pause(pauseMs);
    }
  }
  return write();
}
