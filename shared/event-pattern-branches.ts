import { compileChoices, isObject, operatorNames, quote } from './event-pattern-choices.ts';
import type { Choices, JsonObject } from './event-pattern-choices.ts';
import { EventPatternError } from './event-pattern-error.ts';
import type { PatternPath } from './event-pattern-error.ts';

/** One field that a pattern tests. */
export interface FieldTest {
  /** Names from the event's top down to the field. */
  readonly field: readonly string[];
  /** The same as one text. */
  readonly key: string;
  readonly choices: Choices;
  /** Where in the pattern it is asked for. */
  readonly place: PatternPath;
}

/** Fields that must all fit: what is left of a pattern when one alternative of each `$or` is taken. */
export type Branch = readonly FieldTest[];

/** "throw an InvalidEventPatternException if the use of $or results in over 1000 rule combinations": EventBridge. */
const branchesMax = 1000;

/** Names that ruler keeps for itself: no field below a `$or` may have one. */
const reservedNames: ReadonlySet<string> = new Set([
  ...operatorNames,
  ...'html = < <= > >= regex not-wildcard not-equals-ignore-case'.split(' '),
  ...'date-after date-on-or-after date-before date-on-or-before in-date-range'.split(' '),
  ...'ip-address-in-range ip-address-not-in-range'.split(' '),
]);

/** Whether `$or` holds alternatives; otherwise it is the name of a field like any other. */
function isAlternatives(value: unknown): value is readonly JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((choice) => isObject(choice) && !operatorNames.some((name) => Object.hasOwn(choice, name)))
  );
}

interface Place {
  readonly path: PatternPath;
  readonly field: readonly string[];
  readonly insideOr: boolean;
}

/** Both at once: every branch of one joined with every branch of the other. */
function combine(branches: readonly Branch[], others: readonly Branch[], path: PatternPath): Branch[] {
  if (branches.length * others.length > branchesMax) {
    throw new EventPatternError(path, `$or makes more than ${branchesMax} combinations`);
  }
  return branches.flatMap((branch) => others.map((other) => [...branch, ...other]));
}

function expandField(name: string, value: unknown, place: Place): Branch[] {
  const here = { ...place, path: [...place.path, name], field: [...place.field, name] };
  if (place.insideOr && reservedNames.has(name))
    throw new EventPatternError(here.path, `${quote(name)} may not name a field inside $or`);
  if (Array.isArray(value)) {
    const { field, path } = here;
    return [[{ field, key: JSON.stringify(field), choices: compileChoices(value, path), place: path }]];
  }
  if (isObject(value)) return expandObject(value, here);
  throw new EventPatternError(here.path, `expected a list of values or an object, not ${quote(value)}`);
}

function expandOr(alternatives: readonly JsonObject[], place: Place): Branch[] {
  const path = [...place.path, '$or'];
  const branches = alternatives.flatMap((alternative, index) =>
    expandObject(alternative, { field: place.field, path: [...path, index], insideOr: true }),
  );
  if (branches.length > branchesMax)
    throw new EventPatternError(path, `$or makes more than ${branchesMax} combinations`);
  return branches;
}

function expandObject(pattern: JsonObject, place: Place): Branch[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new EventPatternError(place.path, 'an object may not be empty');
  const common: FieldTest[] = [];
  let branches: Branch[] = [[]];
  for (const [name, value] of entries) {
    const expanded =
      name === '$or' && isAlternatives(value) ? expandOr(value, place) : expandField(name, value, place);
    const [only, ...others] = expanded;
    if (only !== undefined && others.length === 0) common.push(...only);
    else branches = combine(branches, expanded, [...place.path, name]);
  }
  return branches.map((branch) => [...common, ...branch]);
}

/** Ruler would let one of the two win without a word. */
function refuseRepetition(branch: Branch): void {
  const seen = new Set<string>();
  for (const { field, key, place } of branch) {
    if (seen.has(key))
      throw new EventPatternError(place, `${field.join('.')} is asked for twice in one combination of $or`);
    seen.add(key);
  }
}

/** Only `$or` makes several branches; ruler knows it as an operator or as a field's name, never both in one pattern. */
function refuseBothMeanings(branches: readonly Branch[]): void {
  if (branches.length === 1) return;
  const named = branches.flat().find(({ field }) => field.includes('$or'));
  if (named !== undefined)
    throw new EventPatternError(named.place, '$or names a field here and is an operator elsewhere');
}

/** Takes a pattern's `$or` apart: an event fits when it fits one of the branches. Throws EventPatternError. */
export function expandPattern(pattern: unknown): readonly Branch[] {
  if (!isObject(pattern)) throw new EventPatternError([], `expected an object, not ${quote(pattern)}`);
  const branches = expandObject(pattern, { path: [], field: [], insideOr: false });
  branches.forEach(refuseRepetition);
  refuseBothMeanings(branches);
  return branches;
}
