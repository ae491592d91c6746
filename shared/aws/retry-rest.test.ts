import { describe, expect, test } from 'vitest';
import { retryRest } from './retry-rest.ts';

describe('retryRest', () => {
  test('sends nothing when there is nothing', async () => {
    let sent = 0;
    await retryRest(
      [],
      async () => (sent++, []),
      async () => undefined,
    );
    expect(sent).toBe(0);
  });

  test('gives up after four rounds, and pauses longer before each', async () => {
    const pauses: number[] = [];
    let rounds = 0;
    const rest = await retryRest(
      [1, 2],
      async () => (rounds++, [2]),
      async (ms) => {
        pauses.push(ms);
      },
    );
    expect(rest).toEqual([2]);
    expect(rounds).toBe(4);
    expect(pauses).toHaveLength(3);
    for (const [i, ms] of pauses.entries()) {
      expect(ms).toBeGreaterThanOrEqual(50 * 2 ** i);
      expect(ms).toBeLessThan(50 * 2 ** i * 3);
    }
  });
});
