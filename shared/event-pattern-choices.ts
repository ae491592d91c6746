import { EventPatternError } from './event-pattern-error.ts';
import type { PatternPath } from './event-pattern-error.ts';
import { isInCidr, isSameAddress, parseAddress, parseCidr } from './match-cidr.ts';
import { endsCaseless, equalsCaseless, parseCaseless, startsCaseless } from './match-ignore-case.ts';
import { matchesWildcard, parseWildcard } from './match-wildcard.ts';

/** A value that a pattern can test. */
export type Leaf = string | number | boolean | null;
type LeafTest = (leaf: Leaf) => boolean;
export type JsonObject = Readonly<Record<string, unknown>>;

/** The values of one field that a pattern accepts. */
export interface Choices {
  /** Whether one of the values is accepted. */
  readonly accepts: LeafTest;
  /** Whether the field may be absent. */
  readonly acceptsAbsence: boolean;
  /** The list as it was given. */
  readonly given: readonly unknown[];
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching
const numberMagnitudeMax = 5e9;
const numberScale = 1e6;

/** What may stand in a list of accepted values; in `$or` they tell such a list from one of alternatives. */
export const operatorNames = [
  'anything-but',
  'cidr',
  'equals-ignore-case',
  'exactly',
  'exists',
  'numeric',
  'prefix',
  'suffix',
  'wildcard',
] as const;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isLeaf(value: unknown): value is Leaf {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

/** A value of a pattern as its author wrote it. */
export const quote = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

function onText(test: (text: string) => boolean): LeafTest {
  return (leaf) => typeof leaf === 'string' && test(leaf);
}

function requireText(value: unknown, operator: string, path: PatternPath): string {
  if (typeof value !== 'string')
    throw new EventPatternError(path, `${operator} takes text, not ${quote(value)}`);
  return value;
}

function onlyEntry(value: JsonObject, path: PatternPath): readonly [string, unknown] {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) {
    throw new EventPatternError(path, `an operator is an object with one key, not ${quote(value)}`);
  }
  return entry;
}

/** Numbers that `numeric` can compare: ruler knows six decimals, and none beyond ±5e9. */
export const isComparable = (value: number): boolean =>
  Math.abs(value) <= numberMagnitudeMax && Math.round(value * numberScale) / numberScale === value;

function requireComparable(value: unknown, operator: string, path: PatternPath): number {
  if (typeof value !== 'number' || !isComparable(value)) {
    throw new EventPatternError(
      path,
      `${operator} compares with numbers within ±5e9 and of at most 6 decimals, not ${quote(value)}`,
    );
  }
  return value;
}

function compileEdge(operator: 'prefix' | 'suffix', operand: unknown, path: PatternPath): LeafTest {
  if (isObject(operand)) {
    const [inner, text] = onlyEntry(operand, path);
    if (inner !== 'equals-ignore-case')
      throw new EventPatternError(path, `${operator} takes text or {"equals-ignore-case": text}`);
    const caseless = parseCaseless(requireText(text, inner, [...path, inner]));
    const fits = operator === 'prefix' ? startsCaseless : endsCaseless;
    return onText((value) => fits(caseless, value));
  }
  const edge = requireText(operand, operator, path);
  return onText((value) => (operator === 'prefix' ? value.startsWith(edge) : value.endsWith(edge)));
}

function compileWildcard(operand: unknown, path: PatternPath): LeafTest {
  const wildcard = parseWildcard(requireText(operand, 'wildcard', path));
  if ('problem' in wildcard) throw new EventPatternError(path, wildcard.problem);
  return onText((value) => matchesWildcard(wildcard, value));
}

function compileIgnoreCase(operand: unknown, path: PatternPath): LeafTest {
  const text = parseCaseless(requireText(operand, 'equals-ignore-case', path));
  return onText((value) => equalsCaseless(text, value));
}

function compileCidr(operand: unknown, path: PatternPath): LeafTest {
  const cidr = parseCidr(requireText(operand, 'cidr', path));
  if ('problem' in cidr) throw new EventPatternError(path, cidr.problem);
  return onText((value) => isInCidr(cidr, value));
}

interface Limit {
  readonly value: number;
  readonly included: boolean;
}

interface NumberRange {
  readonly from: Limit;
  readonly to: Limit;
}

const least: Limit = { value: -numberMagnitudeMax, included: true };
const greatest: Limit = { value: numberMagnitudeMax, included: true };

function readRange(operand: unknown, path: PatternPath): NumberRange {
  const shape = 'numeric takes one comparison, or > or >= followed by < or <=, such as [">", 0, "<=", 5]';
  if (!Array.isArray(operand)) throw new EventPatternError(path, `${shape}; not ${quote(operand)}`);
  const [comparator, first, second, last, ...more]: unknown[] = operand;
  const at = (index: number): PatternPath => [...path, index];
  const value = (): number => requireComparable(first, 'numeric', at(1));
  const alone = operand.length === 2;
  switch (comparator) {
    case '=':
      if (alone) return { from: { value: value(), included: true }, to: { value: value(), included: true } };
      break;
    case '<':
    case '<=':
      if (alone) return { from: least, to: { value: value(), included: comparator === '<=' } };
      break;
    case '>':
    case '>=': {
      const from = { value: value(), included: comparator === '>=' };
      if (alone) return { from, to: greatest };
      if ((second !== '<' && second !== '<=') || operand.length < 4 || more.length > 0) break;
      return {
        from,
        to: { value: requireComparable(last, 'numeric', at(3)), included: second === '<=' },
      };
    }
    default:
      throw new EventPatternError(at(0), `numeric knows < <= = >= >, not ${quote(comparator)}`);
  }
  throw new EventPatternError(path, `${shape}; not ${quote(operand)}`);
}

function compileNumeric(operand: unknown, path: PatternPath): LeafTest {
  const { from, to } = readRange(operand, path);
  const isOneNumber = from.value === to.value && Array.isArray(operand) && operand[0] === '=';
  if (from.value >= to.value && !isOneNumber)
    throw new EventPatternError(path, `numeric leaves no number above ${from.value} and below ${to.value}`);
  return (leaf) =>
    typeof leaf === 'number' &&
    isComparable(leaf) &&
    (from.included ? leaf >= from.value : leaf > from.value) &&
    (to.included ? leaf <= to.value : leaf < to.value);
}

function compileNegatable(operator: string, operand: unknown, path: PatternPath): LeafTest {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      if (requireText(operand, operator, path) === '')
        throw new EventPatternError(path, `every text has an empty ${operator}: nothing would be accepted`);
      return compileEdge(operator, operand, path);
    case 'equals-ignore-case':
      return compileIgnoreCase(operand, path);
    case 'wildcard':
      return compileWildcard(operand, path);
    default:
      throw new EventPatternError(
        path,
        `anything-but knows prefix, suffix, equals-ignore-case and wildcard, not ${quote(operator)}`,
      );
  }
}

interface Placed {
  readonly value: unknown;
  readonly path: PatternPath;
}

/** One value or a list of them, each with its place. */
function listOperands(operand: unknown, path: PatternPath): Placed[] {
  if (!Array.isArray(operand)) return [{ value: operand, path }];
  if (operand.length === 0) throw new EventPatternError(path, 'anything-but takes at least one value');
  return operand.map((value: unknown, index) => ({ value, path: [...path, index] }));
}

function compileAnythingBut(operand: unknown, path: PatternPath): LeafTest {
  if (isObject(operand)) {
    const [operator, inner] = onlyEntry(operand, path);
    const tests = listOperands(inner, [...path, operator]).map(({ value, path }) =>
      compileNegatable(operator, value, path),
    );
    return (leaf) => !tests.some((test) => test(leaf));
  }
  const excluded = new Set<Leaf>();
  for (const { value, path: place } of listOperands(operand, path)) {
    if (typeof value === 'number') excluded.add(requireComparable(value, 'anything-but', place));
    else if (typeof value === 'string') excluded.add(value);
    else throw new EventPatternError(place, `anything-but takes texts or numbers, not ${quote(value)}`);
  }
  if (new Set(Array.from(excluded, (leaf) => typeof leaf)).size > 1)
    throw new EventPatternError(path, 'anything-but takes texts or numbers, not both in one list');
  return (leaf) => !excluded.has(leaf);
}

function compileOperator(operator: string, operand: unknown, path: PatternPath): LeafTest | 'absent' {
  const here = [...path, operator];
  switch (operator) {
    case 'exactly':
      return compileExact(requireText(operand, 'exactly', here));
    case 'prefix':
    case 'suffix':
      return compileEdge(operator, operand, here);
    case 'equals-ignore-case':
      return compileIgnoreCase(operand, here);
    case 'wildcard':
      return compileWildcard(operand, here);
    case 'cidr':
      return compileCidr(operand, here);
    case 'numeric':
      return compileNumeric(operand, here);
    case 'anything-but':
      return compileAnythingBut(operand, here);
    case 'exists':
      if (typeof operand !== 'boolean') throw new EventPatternError(here, 'exists takes true or false');
      return operand ? () => true : 'absent';
    default:
      throw new EventPatternError(
        path,
        `unknown operator ${quote(operator)}; known: ${operatorNames.join(', ')}`,
      );
  }
}

const compileExact =
  (text: string): LeafTest =>
  (leaf) =>
    leaf === text;

/** A plain value. An address stands for itself however it is written: `::1` fits `0:0:0:0:0:0:0:1`. */
function compilePlain(value: Leaf): LeafTest {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  if (address === undefined) return (leaf) => leaf === value;
  return onText((text) => text === value || isSameAddress(address, text));
}

/** Compiles the list of values that a field may have. Throws EventPatternError. */
export function compileChoices(given: readonly unknown[], path: PatternPath): Choices {
  if (given.length === 0) throw new EventPatternError(path, 'a list of accepted values may not be empty');
  const tests: LeafTest[] = [];
  let acceptsAbsence = false;
  for (const [index, choice] of given.entries()) {
    const here = [...path, index];
    if (isLeaf(choice)) {
      tests.push(compilePlain(choice));
      continue;
    }
    if (!isObject(choice)) throw new EventPatternError(here, `a list may not hold ${quote(choice)}`);
    const compiled = compileOperator(...onlyEntry(choice, here), here);
    if (compiled === 'absent') acceptsAbsence = true;
    else tests.push(compiled);
  }
  return { accepts: (leaf) => tests.some((test) => test(leaf)), acceptsAbsence, given };
}
