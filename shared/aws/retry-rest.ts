import { setTimeout as delay } from 'node:timers/promises';

const roundsMax = 4;
const pauseFirstMs = 50;

export type Pause = (ms: number) => Promise<void>;
const pauseFor: Pause = async (ms) => {
  await delay(ms);
};

/**
 * Sends what a batch call left undone once more, with growing pauses: throttles and internal faults pass.
 * @param send makes the call and answers the entries that were not done
 * @returns the entries that are still not done after the last round
 */
export async function retryRest<Entry>(
  entries: readonly Entry[],
  send: (entries: readonly Entry[]) => Promise<readonly Entry[]>,
  pause: Pause = pauseFor,
): Promise<readonly Entry[]> {
  let rest = entries;
  for (let round = 0; rest.length > 0 && round < roundsMax; round++) {
    if (round > 0) await pause(pauseFirstMs * 2 ** round * (0.5 + Math.random()));
    rest = await send(rest);
  }
  return rest;
}
