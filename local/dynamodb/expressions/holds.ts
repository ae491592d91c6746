import { assertNever } from '../../../shared/assert-never.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { typeOf } from '../values/attribute-value.ts';
import { areEqual, orderOf } from '../values/compare-values.ts';
import { sizeOf } from '../values/item-bytes.ts';
import { valueAt } from './document-path.ts';
import type { Bindings, Comparator, Condition, Operand } from './expression-tree.ts';

type Found = AttributeValue | undefined;

function evaluate(operand: Operand, item: Item, bindings: Bindings): Found {
  switch (operand.kind) {
    case 'path':
      return valueAt(item, bindings.pathOf(operand));
    case 'value':
      return bindings.valueOf(operand);
    case 'size': {
      const value = evaluate(operand.of, item, bindings);
      const size = value === undefined ? undefined : sizeOf(value);
      return size === undefined ? undefined : { N: String(size) };
    }
    default:
      return assertNever(operand);
  }
}

function compare(comparator: Comparator, left: Found, right: Found): boolean {
  const areSame = left !== undefined && right !== undefined && areEqual(left, right);
  if (comparator === '=') return areSame;
  if (comparator === '<>') return !areSame;
  const order = left === undefined || right === undefined ? undefined : orderOf(left, right);
  if (order === undefined) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return assertNever(comparator);
  }
}

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');

function beginsWith(value: Found, prefix: Found): boolean {
  if (value === undefined || prefix === undefined) return false;
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  if (!('B' in value && 'B' in prefix)) return false;
  const start = bytesOf(prefix.B);
  return bytesOf(value.B).subarray(0, start.length).equals(start);
}

function contains(value: Found, part: Found): boolean {
  if (value === undefined || part === undefined) return false;
  if ('L' in value) return value.L.some((each) => areEqual(each, part));
  if ('S' in part) {
    if ('S' in value) return value.S.includes(part.S);
    return 'SS' in value && value.SS.includes(part.S);
  }
  if ('N' in part) return 'NS' in value && value.NS.includes(part.N);
  if (!('B' in part)) return false;
  if ('B' in value) return bytesOf(value.B).includes(bytesOf(part.B));
  return 'BS' in value && value.BS.includes(part.B);
}

/** Does the condition hold for the item? An attribute that is missing fulfils no comparison but `<>`. */
export function holds(condition: Condition, item: Item, bindings: Bindings): boolean {
  const of = (operand: Operand): Found => evaluate(operand, item, bindings);
  switch (condition.kind) {
    case 'and':
      return condition.conditions.every((each) => holds(each, item, bindings));
    case 'or':
      return condition.conditions.some((each) => holds(each, item, bindings));
    case 'not':
      return !holds(condition.condition, item, bindings);
    case 'comparison':
      return compare(condition.comparator, of(condition.left), of(condition.right));
    case 'between': {
      const value = of(condition.operand);
      return compare('>=', value, of(condition.lower)) && compare('<=', value, of(condition.upper));
    }
    case 'in': {
      const value = of(condition.operand);
      return condition.choices.some((choice) => compare('=', value, of(choice)));
    }
    case 'exists':
      return of(condition.path) !== undefined;
    case 'not_exists':
      return of(condition.path) === undefined;
    case 'attribute_type': {
      const [value, type] = [of(condition.operand), of(condition.argument)];
      return value !== undefined && type !== undefined && 'S' in type && typeOf(value) === type.S;
    }
    case 'begins_with':
      return beginsWith(of(condition.operand), of(condition.argument));
    case 'contains':
      return contains(of(condition.operand), of(condition.argument));
    default:
      return assertNever(condition);
  }
}
