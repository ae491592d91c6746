import { isInCidr, parseCidr } from './match-cidr.ts';
import { matchesWildcard, parseWildcard } from './match-wildcard.ts';

type Leaf = string | number | boolean | null;
type LeafTest = (leaf: Leaf) => boolean;
type JsonObject = Readonly<Record<string, unknown>>;

/** The values of one field that the pattern accepts; `absent` accepts its absence. */
interface LeafMatcher {
  readonly kind: 'leaf';
  readonly tests: readonly LeafTest[];
  readonly absent: boolean;
}

interface ObjectMatcher {
  readonly kind: 'object';
  readonly fields: readonly (readonly [string, LeafMatcher | ObjectMatcher])[];
  /** Each entry is one `$or`: at least one of its objects must fit. */
  readonly alternatives: readonly (readonly ObjectMatcher[])[];
}

/** Why a pattern cannot be used; `path` names the field, such as `detail.state`. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
  readonly path: string;

  constructor(path: readonly string[], problem: string) {
    super(`event pattern${path.length === 0 ? '' : ` at ${path.join('.')}`}: ${problem}`);
    this.path = path.join('.');
  }
}

// Numbers beyond this are refused by EventBridge too:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
const numberMagnitudeMax = 5e9;

const operatorNames = [
  'anything-but',
  'cidr',
  'equals-ignore-case',
  'exists',
  'numeric',
  'prefix',
  'suffix',
  'wildcard',
] as const;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLeaf(value: unknown): value is Leaf {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function onText(test: (text: string) => boolean): LeafTest {
  return (leaf) => typeof leaf === 'string' && test(leaf);
}

function requireText(value: unknown, operator: string, path: readonly string[]): string {
  if (typeof value !== 'string')
    throw new EventPatternError(path, `${operator} takes text, not ${describe(value)}`);
  return value;
}

function onlyEntry(value: JsonObject, path: readonly string[]): readonly [string, unknown] {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) {
    throw new EventPatternError(path, `an operator is an object with one key, not ${describe(value)}`);
  }
  return entry;
}

function compileEdge(operator: 'prefix' | 'suffix', operand: unknown, path: readonly string[]): LeafTest {
  const ignoreCase = isObject(operand);
  if (ignoreCase && onlyEntry(operand, path)[0] !== 'equals-ignore-case') {
    throw new EventPatternError(path, `${operator} takes text or {"equals-ignore-case": text}`);
  }
  const text = requireText(ignoreCase ? operand['equals-ignore-case'] : operand, operator, path);
  const edge = ignoreCase ? text.toLowerCase() : text;
  return onText((value) => {
    const compared = ignoreCase ? value.toLowerCase() : value;
    return operator === 'prefix' ? compared.startsWith(edge) : compared.endsWith(edge);
  });
}

function compileWildcard(operand: unknown, path: readonly string[]): LeafTest {
  const wildcard = parseWildcard(requireText(operand, 'wildcard', path));
  if ('problem' in wildcard) throw new EventPatternError(path, `wildcard: ${wildcard.problem}`);
  return onText((value) => matchesWildcard(wildcard, value));
}

function compileIgnoreCase(operand: unknown, path: readonly string[]): LeafTest {
  const text = requireText(operand, 'equals-ignore-case', path).toLowerCase();
  return onText((value) => value.toLowerCase() === text);
}

function compileCidr(operand: unknown, path: readonly string[]): LeafTest {
  const cidr = parseCidr(requireText(operand, 'cidr', path));
  if (cidr === undefined) throw new EventPatternError(path, `${describe(operand)} is not a CIDR range`);
  return onText((value) => isInCidr(cidr, value));
}

function compileComparison(
  comparator: unknown,
  limit: number,
  path: readonly string[],
): (value: number) => boolean {
  switch (comparator) {
    case '<':
      return (value) => value < limit;
    case '<=':
      return (value) => value <= limit;
    case '=':
      return (value) => value === limit;
    case '>=':
      return (value) => value >= limit;
    case '>':
      return (value) => value > limit;
    default:
      throw new EventPatternError(path, `numeric knows < <= = >= >, not ${describe(comparator)}`);
  }
}

function compileNumeric(operand: unknown, path: readonly string[]): LeafTest {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length > 4 || operand.length % 2 !== 0) {
    throw new EventPatternError(path, 'numeric takes one or two pairs, such as [">", 0, "<=", 5]');
  }
  const comparisons: ((value: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const limit: unknown = operand[at + 1];
    if (typeof limit !== 'number' || Math.abs(limit) > numberMagnitudeMax) {
      throw new EventPatternError(path, `numeric compares with numbers within ±5e9, not ${describe(limit)}`);
    }
    comparisons.push(compileComparison(operand[at], limit, path));
  }
  return (leaf) => typeof leaf === 'number' && comparisons.every((holds) => holds(leaf));
}

function compileNegatable(operator: string, operand: unknown, path: readonly string[]): LeafTest {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return compileEdge(operator, operand, path);
    case 'equals-ignore-case':
      return compileIgnoreCase(operand, path);
    case 'wildcard':
      return compileWildcard(operand, path);
    default:
      throw new EventPatternError(
        path,
        `anything-but knows prefix, suffix, equals-ignore-case and wildcard, not ${describe(operator)}`,
      );
  }
}

function compileAnythingBut(operand: unknown, path: readonly string[]): LeafTest {
  if (isObject(operand)) {
    const [operator, inner] = onlyEntry(operand, path);
    const choices: unknown[] = Array.isArray(inner) ? inner : [inner];
    if (choices.length === 0) throw new EventPatternError(path, 'anything-but takes at least one value');
    const tests = choices.map((choice) => compileNegatable(operator, choice, path));
    return (leaf) => !tests.some((test) => test(leaf));
  }
  const choices: unknown[] = Array.isArray(operand) ? operand : [operand];
  const excluded = new Set<Leaf>();
  for (const choice of choices) {
    if (!isLeaf(choice))
      throw new EventPatternError(path, `anything-but takes plain values, not ${describe(choice)}`);
    excluded.add(choice);
  }
  if (excluded.size === 0) throw new EventPatternError(path, 'anything-but takes at least one value');
  return (leaf) => !excluded.has(leaf);
}

function compileOperator(operator: string, operand: unknown, path: readonly string[]): LeafTest | 'absent' {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return compileEdge(operator, operand, path);
    case 'equals-ignore-case':
      return compileIgnoreCase(operand, path);
    case 'wildcard':
      return compileWildcard(operand, path);
    case 'cidr':
      return compileCidr(operand, path);
    case 'numeric':
      return compileNumeric(operand, path);
    case 'anything-but':
      return compileAnythingBut(operand, path);
    case 'exists':
      if (typeof operand !== 'boolean') throw new EventPatternError(path, 'exists takes true or false');
      return operand ? () => true : 'absent';
    default:
      throw new EventPatternError(
        path,
        `unknown operator ${describe(operator)}; known: ${operatorNames.join(', ')}`,
      );
  }
}

function compileLeaf(choices: readonly unknown[], path: readonly string[]): LeafMatcher {
  if (choices.length === 0) throw new EventPatternError(path, 'a list of accepted values may not be empty');
  const tests: LeafTest[] = [];
  const exact = new Set<Leaf>();
  let absent = false;
  for (const choice of choices) {
    if (isLeaf(choice)) {
      exact.add(choice);
      continue;
    }
    if (!isObject(choice)) throw new EventPatternError(path, `a list may not hold ${describe(choice)}`);
    const compiled = compileOperator(...onlyEntry(choice, path), path);
    if (compiled === 'absent') absent = true;
    else tests.push(compiled);
  }
  if (exact.size > 0) tests.unshift((leaf) => exact.has(leaf));
  return { kind: 'leaf', tests, absent };
}

function isAlternatives(value: unknown): value is readonly JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((choice) => isObject(choice) && !operatorNames.some((name) => Object.hasOwn(choice, name)))
  );
}

function compileObject(pattern: JsonObject, path: readonly string[]): ObjectMatcher {
  const fields: [string, LeafMatcher | ObjectMatcher][] = [];
  const alternatives: ObjectMatcher[][] = [];
  for (const [key, value] of Object.entries(pattern)) {
    const here = [...path, key];
    if (key === '$or' && isAlternatives(value))
      alternatives.push(value.map((choice) => compileObject(choice, here)));
    else if (Array.isArray(value)) fields.push([key, compileLeaf(value, here)]);
    else if (isObject(value)) fields.push([key, compileObject(value, here)]);
    else throw new EventPatternError(here, `expected a list of values or an object, not ${describe(value)}`);
  }
  if (fields.length + alternatives.length === 0)
    throw new EventPatternError(path, 'an object may not be empty');
  return { kind: 'object', fields, alternatives };
}

/** Arrays of any depth are crushed: their elements stand for the field itself. */
function* crush(value: unknown): Generator {
  if (!Array.isArray(value)) {
    if (value !== undefined) yield value;
    return;
  }
  for (const element of value) yield* crush(element);
}

function read(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function leavesOf(value: unknown): Leaf[] {
  return [...crush(value)].filter(isLeaf);
}

/**
 * `chosen` is one element of each array passed on the way, so that two fields never match in different elements;
 * `all` holds every element, because absence means absence from all of them.
 */
function fits(matcher: ObjectMatcher, chosen: unknown, all: readonly unknown[]): boolean {
  return (
    matcher.fields.every(([key, field]) => {
      if (field.kind === 'object') {
        const everywhere = all.flatMap((value) => [...crush(read(value, key))]);
        const candidates = [...crush(read(chosen, key))].filter(isObject);
        if (candidates.length === 0) return fits(field, undefined, everywhere);
        return candidates.some((candidate) => fits(field, candidate, everywhere));
      }
      const leaves = leavesOf(read(chosen, key));
      if (field.tests.some((test) => leaves.some(test))) return true;
      return field.absent && all.every((value) => leavesOf(read(value, key)).length === 0);
    }) && matcher.alternatives.every((choices) => choices.some((choice) => fits(choice, chosen, all)))
  );
}

/**
 * Compiles an EventBridge event pattern to a predicate, with the semantics of AWS's event-ruler.
 * Throws EventPatternError, naming the field, for anything that is no pattern.
 */
export function compileEventPattern(pattern: unknown): (event: unknown) => boolean {
  if (!isObject(pattern)) throw new EventPatternError([], `expected an object, not ${describe(pattern)}`);
  const matcher = compileObject(pattern, []);
  return (event) => fits(matcher, event, [event]);
}
