import { invalid } from '../dynamo-errors.ts';
import { mapIn, type Members } from '../request/members.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { checkValue } from '../values/check-value.ts';
import type { Bindings, Parsed, PathNode, PathStep } from './expression-tree.ts';

const aliasShape = /^#[0-9a-zA-Z_]+$/;
const valueShape = /^:[0-9a-zA-Z_]+$/;

function readNames(given: Members): Map<string, string> {
  const names = new Map<string, string>();
  for (const [alias, name] of Object.entries(given)) {
    if (!aliasShape.test(alias)) {
      throw invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${alias}"`);
    }
    if (typeof name !== 'string' || name === '') {
      throw invalid(`ExpressionAttributeNames contains invalid value: Empty attribute name for key ${alias}`);
    }
    names.set(alias, name);
  }
  return names;
}

function readValues(given: Members): Map<string, AttributeValue> {
  const values = new Map<string, AttributeValue>();
  for (const [name, value] of Object.entries(given)) {
    if (!valueShape.test(name)) {
      throw invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${name}"`);
    }
    try {
      checkValue(value);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw invalid(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${name}`);
    }
    values.set(name, value);
  }
  return values;
}

function refuseUnused(
  parameter: string,
  given: ReadonlyMap<string, unknown>,
  used: (key: string) => boolean,
): void {
  if (given.size === 0) return;
  const unused = [...given.keys()].filter((key) => !used(key));
  if (unused.length > 0) {
    throw invalid(`Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`);
  }
}

const noMap: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * Binds a request's names and values to its expressions. Throws ValidationException for a placeholder that is not
 * defined, or defined and not used.
 */
export function bindExpressions(
  input: Members,
  expressions: readonly (Parsed<unknown> | undefined)[],
): Bindings {
  const parsed = expressions.filter((each) => each !== undefined);
  const [givenNames, givenValues] = [
    mapIn(input, 'ExpressionAttributeNames'),
    mapIn(input, 'ExpressionAttributeValues'),
  ];
  for (const [parameter, given] of [
    ['ExpressionAttributeNames', givenNames],
    ['ExpressionAttributeValues', givenValues],
  ] as const) {
    if (given === undefined) continue;
    if (parsed.length === 0) throw invalid(`${parameter} can only be specified when using expressions`);
    if (Object.keys(given).length === 0) throw invalid(`${parameter} must not be empty`);
  }
  const names: ReadonlyMap<string, string> = givenNames === undefined ? noMap : readNames(givenNames);
  const values: ReadonlyMap<string, AttributeValue> =
    givenValues === undefined ? noMap : readValues(givenValues);
  for (const { kind, aliases, values: used } of parsed) {
    for (const alias of aliases) {
      if (names.has(alias)) continue;
      throw invalid(
        `Invalid ${kind}: An expression attribute name used in the document path is not defined; attribute name: ${alias}`,
      );
    }
    for (const value of used) {
      if (values.has(value)) continue;
      throw invalid(
        `Invalid ${kind}: An expression attribute value used in expression is not defined; attribute value: ${value}`,
      );
    }
  }
  refuseUnused('ExpressionAttributeNames', names, (key) => parsed.some(({ aliases }) => aliases.has(key)));
  refuseUnused('ExpressionAttributeValues', values, (key) => parsed.some((each) => each.values.has(key)));

  const paths = new Map<PathNode, (string | number)[]>();
  const resolve = (step: PathStep): string | number => {
    if (step.kind === 'place') return step.place;
    return step.kind === 'name' ? step.name : bound(names, step.alias);
  };
  return {
    pathOf: (node) => {
      const known = paths.get(node);
      if (known !== undefined) return known;
      const path = node.steps.map(resolve);
      paths.set(node, path);
      return path;
    },
    valueOf: ({ name }) => bound(values, name),
  };
}

function bound<Value>(given: ReadonlyMap<string, Value>, key: string): Value {
  const value = given.get(key);
  if (value === undefined) throw new Error(`${key} was used without being checked.`);
  return value;
}
