import { assertNever } from '../../../shared/assert-never.ts';
import { invalid, invalidParameter } from '../dynamo-errors.ts';
import { type AttributeValue, typeOf } from '../values/attribute-value.ts';
import type { KeyAttribute, KeySchema } from '../engine/table-schema.ts';
import type { Bindings, Comparator, Condition, Operand, PathNode } from './expression-tree.ts';

/** What a query asks of the sort key. */
export type RangeCondition =
  | { readonly kind: Exclude<Comparator, '<>'>; readonly value: AttributeValue }
  | { readonly kind: 'between'; readonly lower: AttributeValue; readonly upper: AttributeValue }
  | { readonly kind: 'begins_with'; readonly prefix: AttributeValue };

export interface KeyCondition {
  readonly hash: AttributeValue;
  readonly range: RangeCondition | undefined;
}

interface NamedCondition {
  readonly name: string;
  readonly condition: RangeCondition;
}

const refusedOperator = (operator: string): Error =>
  invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);

const turned = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function readName(path: PathNode, bindings: Bindings): string {
  const [name, ...rest] = bindings.pathOf(path);
  if (typeof name !== 'string' || rest.length > 0) {
    throw invalid('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return name;
}

function readValue(operand: Operand, bindings: Bindings): AttributeValue {
  if (operand.kind === 'value') return bindings.valueOf(operand);
  throw operand.kind === 'path'
    ? invalid('Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition')
    : invalid('KeyConditionExpressions cannot contain nested operations');
}

function readKeyFirst(operator: string, operand: Operand, bindings: Bindings): string {
  if (operand.kind === 'path') return readName(operand, bindings);
  throw invalid(
    `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute as its first operand`,
  );
}

function readComparison(
  condition: Extract<Condition, { kind: 'comparison' }>,
  bindings: Bindings,
): NamedCondition {
  const { comparator, left, right } = condition;
  if (comparator === '<>') throw refusedOperator(comparator);
  if (left.kind === 'path') {
    return {
      name: readName(left, bindings),
      condition: { kind: comparator, value: readValue(right, bindings) },
    };
  }
  if (right.kind === 'path') {
    return {
      name: readName(right, bindings),
      condition: { kind: turned[comparator], value: readValue(left, bindings) },
    };
  }
  throw left.kind === 'size' || right.kind === 'size'
    ? invalid('KeyConditionExpressions cannot contain nested operations')
    : invalid('Invalid condition in KeyConditionExpression: No key attribute specified');
}

function readConditions(condition: Condition, bindings: Bindings): NamedCondition[] {
  switch (condition.kind) {
    case 'and':
      return condition.conditions.flatMap((each) => readConditions(each, bindings));
    case 'comparison':
      return [readComparison(condition, bindings)];
    case 'between':
      return [
        {
          name: readKeyFirst('BETWEEN', condition.operand, bindings),
          condition: {
            kind: 'between',
            lower: readValue(condition.lower, bindings),
            upper: readValue(condition.upper, bindings),
          },
        },
      ];
    case 'begins_with':
      return [
        {
          name: readKeyFirst('begins_with', condition.operand, bindings),
          condition: { kind: 'begins_with', prefix: readValue(condition.argument, bindings) },
        },
      ];
    case 'or':
    case 'not':
    case 'in':
      throw refusedOperator(condition.kind.toUpperCase());
    case 'exists':
    case 'not_exists':
      throw refusedOperator(`attribute_${condition.kind}`);
    case 'attribute_type':
    case 'contains':
      throw refusedOperator(condition.kind);
    default:
      return assertNever(condition);
  }
}

const valuesIn = (condition: RangeCondition): AttributeValue[] => {
  switch (condition.kind) {
    case 'between':
      return [condition.lower, condition.upper];
    case 'begins_with':
      return [condition.prefix];
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return [condition.value];
    default:
      return assertNever(condition);
  }
};

function checkTypes(key: KeyAttribute, condition: RangeCondition): void {
  if (valuesIn(condition).some((value) => typeOf(value) !== key.type)) {
    throw invalidParameter('Condition parameter type does not match schema type');
  }
}

/** Reads a key condition for the keys of a table or an index. Throws ValidationException in DynamoDB's words. */
export function readKeyCondition(tree: Condition, key: KeySchema, bindings: Bindings): KeyCondition {
  const conditions = new Map<string, RangeCondition>();
  for (const { name, condition } of readConditions(tree, bindings)) {
    if (conditions.has(name)) {
      throw invalid('KeyConditionExpressions must only contain one condition per key');
    }
    conditions.set(name, condition);
  }
  if (conditions.size > 2) throw invalid('Conditions can be of length 1 or 2 only');
  const hash = conditions.get(key.hash.name);
  if (hash === undefined) throw invalid(`Query condition missed key schema element: ${key.hash.name}`);
  const range = key.range === undefined ? undefined : conditions.get(key.range.name);
  if (conditions.size === 2 && range === undefined) {
    throw key.range === undefined
      ? invalid('Query key condition not supported')
      : invalid(`Query condition missed key schema element: ${key.range.name}`);
  }
  checkTypes(key.hash, hash);
  if (hash.kind !== '=') throw invalid('Query key condition not supported');
  if (range !== undefined && key.range !== undefined) checkTypes(key.range, range);
  return { hash: hash.value, range };
}
