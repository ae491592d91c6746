import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noonMs } from '../test/builders/an-event.ts';
import { scoringCacheMs } from './limits.ts';
import { createReadScoring } from './read-scoring.ts';
import { noOverrides } from './scoring-overrides.ts';
import type { ScoringOverrides } from './scoring.ts';

const withHash = (hash: number): ScoringOverrides => ({
  ...noOverrides,
  weights: { episode: { hash }, movie: {} },
});
const hashOf = (overrides: ScoringOverrides) => overrides.weights.episode['hash'];

/** A table of one number per tenant, and readers of it; `pause` may hold any step back. */
function setUp(pause: () => Promise<unknown> = async () => undefined) {
  const hashes = new Map<string, number>();
  const versions = new Map<string, number>();
  const clock = { now: noonMs };
  let loads = 0;
  const openReader = () =>
    createReadScoring({
      readVersion: async (tenant) => {
        await pause();
        return versions.get(tenant) ?? 0;
      },
      load: async (tenant) => {
        loads++;
        const hash = hashes.get(tenant) ?? 0;
        await pause();
        return withHash(hash);
      },
      now: () => clock.now,
    });
  return {
    clock,
    hashes,
    openReader,
    loads: () => loads,
    tell: (tenant: string) => versions.set(tenant, (versions.get(tenant) ?? 0) + 1),
  };
}

describe('what a tenant set', () => {
  test('is loaded once and answered for a minute', async () => {
    const { openReader, hashes, clock, loads } = setUp();
    const read = openReader();
    hashes.set('a', 1);
    await read('a');
    hashes.set('a', 2);
    clock.now += scoringCacheMs - 1;
    expect(hashOf(await read('a'))).toBe(1);
    expect(loads()).toBe(1);
  });

  test('is loaded again after a minute although nobody told of a change', async () => {
    const { openReader, hashes, clock } = setUp();
    const read = openReader();
    hashes.set('a', 1);
    await read('a');
    hashes.set('a', 2);
    clock.now += scoringCacheMs;
    expect(hashOf(await read('a'))).toBe(2);
  });

  test('is fresh in the next answer of every instance once a change was told of, though no time has passed', async () => {
    const { openReader, hashes, tell } = setUp();
    const readers = [openReader(), openReader(), openReader()];
    hashes.set('a', 1);
    for (const read of readers) await read('a');
    hashes.set('a', 2);
    tell('a');
    for (const read of readers) expect(hashOf(await read('a'))).toBe(2);
  });

  test('stays as it is when a change of another tenant is told of', async () => {
    const { openReader, tell, loads } = setUp();
    const read = openReader();
    await Promise.all([read('a'), read('b#1'), read('b')]);
    tell('b');
    await read('a');
    await read('b#1');
    expect(loads()).toBe(3);
  });

  test('that could not be loaded is tried again', async () => {
    let fails = true;
    const read = createReadScoring({
      readVersion: async () => 1,
      load: async () => {
        if (fails) throw new Error('throttled');
        return withHash(7);
      },
      now: () => noonMs,
    });
    await expect(read('a')).rejects.toThrow('throttled');
    fails = false;
    expect(hashOf(await read('a'))).toBe(7);
  });

  test('is not answered from memory when the version cannot be read', async () => {
    const read = createReadScoring({
      readVersion: () => Promise.reject(new Error('outage')),
      load: async () => withHash(1),
      now: () => noonMs,
    });
    await expect(read('a')).rejects.toThrow('outage');
  });
});

test('in whatever order reads, loads and changes meet, who asks after a change was told of gets it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, instances) => {
      const { openReader, hashes, tell } = setUp(() => scheduler.schedule(Promise.resolve()));
      const readers = Array.from({ length: instances }, openReader);
      let told = 0;
      const changes = async () => {
        for (let hash = 1; hash <= 4; hash++) {
          await scheduler.schedule(Promise.resolve());
          hashes.set('a', hash);
          await scheduler.schedule(Promise.resolve());
          tell('a');
          told = hash;
        }
      };
      const reads = readers.map(async (read) => {
        for (let count = 0; count < 4; count++) {
          const atLeast = told;
          expect(hashOf(await read('a'))).toBeGreaterThanOrEqual(atLeast);
        }
      });
      await scheduler.waitFor(Promise.all([changes(), ...reads]));
    }),
  );
});
