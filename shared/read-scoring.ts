import { keepFresh } from './keep-fresh.ts';
import { scoringCacheMs } from './limits.ts';
import type { ScoringOverrides } from './scoring.ts';

/** Answers what a tenant set. */
export type ReadScoring = (tenant: string) => Promise<ScoringOverrides>;

export interface ScoringSource {
  /** A number that grows whenever a change was told of. Must be read consistently. */
  readonly readVersion: (tenant: string) => Promise<number>;
  readonly load: ReadScoring;
  readonly now: () => number;
}

/**
 * Remembers each tenant's overrides for a minute, as long as their version stays. Nobody can reach the memory of a
 * running Lambda instance, so each request asks for the version, one small row: what was loaded under an older one
 * is never answered again. The version is read before the load, so that a change in between is loaded once more.
 */
export function createReadScoring({ readVersion, load, now }: ScoringSource): ReadScoring {
  const loaded = keepFresh((key) => load(key.slice(key.indexOf('#') + 1)), scoringCacheMs, now);
  return async (tenant) => loaded(`${await readVersion(tenant)}#${tenant}`);
}
