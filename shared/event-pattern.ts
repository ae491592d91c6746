import { expandPattern } from './event-pattern-branches.ts';
import type { Branch } from './event-pattern-branches.ts';
import { EventPatternError } from './event-pattern-error.ts';
import { explainMismatch } from './event-pattern-mismatch.ts';
import type { Mismatch } from './event-pattern-mismatch.ts';
import { fitsTree, growTree } from './event-pattern-tree.ts';

export { EventPatternError };
export type { Mismatch };

/** A compiled event pattern. */
export interface EventPattern {
  /** Field tests in all combinations of `$or`: what it costs to keep, and at most to match. */
  readonly size: number;
  readonly matches: (event: unknown) => boolean;
  /**
   * Where an event differs; empty when it matches. One place, or up to three where `$or` gives several ways to match.
   */
  readonly findMismatches: (event: unknown) => readonly Mismatch[];
}

const mismatchesMax = 3;

function explainBranches(branches: readonly Branch[], event: unknown): readonly Mismatch[] {
  const found = new Map<string, Mismatch>();
  for (const branch of branches) {
    const mismatch = explainMismatch(branch, event);
    found.set(mismatch.message, mismatch);
    if (found.size === mismatchesMax) break;
  }
  return [...found.values()];
}

/**
 * Compiles an EventBridge event pattern, with the semantics of AWS's event-ruler. They differ in two points on purpose:
 * a field asked for twice (by `$or` and beside it) is refused, where ruler lets one of the two win; and a name with a
 * dot is that name alone, where ruler also takes it for two.
 *
 * Numbers are compared by value: an event is parsed before it is matched, so `1`, `1.0` and `1e0` are one number, also
 * where ruler compares the digits, beyond ±5e9 and six decimals.
 *
 * Throws EventPatternError, naming the place, for anything that is no pattern.
 */
export function compilePattern(
  pattern: unknown,
  options: {
    /** The fields that an event has: a pattern that asks for another one could never match. */
    readonly knownFields?: readonly string[];
  } = {},
): EventPattern {
  const branches = expandPattern(pattern);
  const { knownFields } = options;
  const tests = branches.flat();
  for (const { field, place } of new Set(tests)) {
    const [name = ''] = field;
    if (knownFields !== undefined && !knownFields.includes(name)) {
      throw new EventPatternError(
        place.slice(0, place.indexOf(name) + 1),
        `an event has no such field; it has ${knownFields.join(', ')}`,
      );
    }
  }
  const trees = branches.map(growTree);
  const matches = (event: unknown) => trees.some((tree) => fitsTree(tree, event));
  return {
    size: tests.length,
    matches,
    findMismatches: (event) => (matches(event) ? [] : explainBranches(branches, event)),
  };
}

/** Compiles an event pattern to its predicate. Throws EventPatternError. */
export const compileEventPattern = (pattern: unknown): ((event: unknown) => boolean) =>
  compilePattern(pattern).matches;
