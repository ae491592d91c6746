import { assertNever } from '../../../shared/assert-never.ts';
import { invalid } from '../dynamo-errors.ts';
import { type AttributeValue, typeOf, type ValueType } from '../values/attribute-value.ts';
import { orderOf } from '../values/compare-values.ts';
import { describePath } from './document-path.ts';
import type { Bindings, Condition, ExpressionKind, Operand, Parsed, PathNode } from './expression-tree.ts';

const types: ReadonlySet<string> = new Set<ValueType>([
  'B',
  'NULL',
  'SS',
  'BOOL',
  'L',
  'BS',
  'N',
  'NS',
  'S',
  'M',
]);

const describeValue = (value: AttributeValue): string => {
  const [type = '', held] = Object.entries(value)[0] ?? [];
  return `AttributeValue: {${type}:${typeof held === 'string' ? held : JSON.stringify(held)}}`;
};

/** The first name of every path in a condition. */
export function pathsIn(condition: Condition): PathNode[] {
  const inOperands = (operands: readonly Operand[]): PathNode[] =>
    operands.flatMap((operand) => {
      const within = operand.kind === 'size' ? operand.of : operand;
      return within.kind === 'path' ? [within] : [];
    });
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.conditions.flatMap(pathsIn);
    case 'not':
      return pathsIn(condition.condition);
    case 'comparison':
      return inOperands([condition.left, condition.right]);
    case 'between':
      return inOperands([condition.operand, condition.lower, condition.upper]);
    case 'in':
      return inOperands([condition.operand, ...condition.choices]);
    case 'exists':
    case 'not_exists':
      return [condition.path];
    case 'attribute_type':
    case 'begins_with':
    case 'contains':
      return inOperands([condition.operand, condition.argument]);
    default:
      return assertNever(condition);
  }
}

/** Refuses values whose type can never fit where they stand. Throws ValidationException, as DynamoDB does before it reads. */
export function checkCondition({ kind, tree }: Parsed<Condition>, bindings: Bindings): void {
  checkOperands(tree, kind, bindings);
}

function checkOperands(condition: Condition, kind: ExpressionKind, bindings: Bindings): void {
  const literal = (operand: Operand): AttributeValue | undefined =>
    operand.kind === 'value' ? bindings.valueOf(operand) : undefined;
  const allow = (operator: string, operands: readonly Operand[], allowed: readonly ValueType[]): void => {
    for (const operand of operands) {
      const value = literal(operand);
      if (value !== undefined && !allowed.includes(typeOf(value))) {
        throw invalid(
          `Invalid ${kind}: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(value)}`,
        );
      }
    }
  };
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const each of condition.conditions) checkOperands(each, kind, bindings);
      return;
    case 'not':
      checkOperands(condition.condition, kind, bindings);
      return;
    case 'comparison': {
      const { comparator, left, right } = condition;
      if (comparator !== '=' && comparator !== '<>') allow(comparator, [left, right], ['S', 'N', 'B']);
      if (left.kind === 'path' && right.kind === 'path') {
        const [one, other] = [describePath(bindings.pathOf(left)), describePath(bindings.pathOf(right))];
        if (one === other) {
          throw invalid(
            `Invalid ${kind}: The first operand must be distinct from the remaining operands for this operator or function; operator: ${comparator}, first operand: ${one}`,
          );
        }
      }
      return;
    }
    case 'between': {
      allow('BETWEEN', [condition.operand, condition.lower, condition.upper], ['S', 'N', 'B']);
      const [lower, upper] = [literal(condition.lower), literal(condition.upper)];
      if (lower === undefined || upper === undefined) return;
      const order = orderOf(lower, upper);
      const operands = `lower bound operand: ${describeValue(lower)}, upper bound operand: ${describeValue(upper)}`;
      if (order === undefined) {
        throw invalid(
          `Invalid ${kind}: The BETWEEN operator requires same data type for lower and upper bounds; ${operands}`,
        );
      }
      if (order > 0) {
        throw invalid(
          `Invalid ${kind}: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${operands}`,
        );
      }
      return;
    }
    case 'attribute_type': {
      allow('attribute_type', [condition.argument], ['S']);
      const type = literal(condition.argument);
      if (type !== undefined && 'S' in type && !types.has(type.S)) {
        throw invalid(
          `Invalid ${kind}: Invalid attribute type name found; type: ${type.S}, valid types: {${[...types].join(',')}}`,
        );
      }
      return;
    }
    case 'begins_with':
      allow('begins_with', [condition.operand, condition.argument], ['S', 'B']);
      return;
    case 'in':
    case 'exists':
    case 'not_exists':
    case 'contains':
      return;
    default:
      assertNever(condition);
  }
}
