import { assertNever } from '../../../shared/assert-never.ts';
import { invalid } from '../dynamo-errors.ts';
import type { RangeCondition } from '../expressions/key-condition.ts';
import type { Bound } from '../file/table-rows.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { afterPrefix, compareColumns, type KeyColumn, toColumn } from './key-column.ts';
import type { KeyAttribute } from './table-schema.ts';

/** The stretch of sort keys that a query reads. */
export interface KeyRange {
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
}

export const everyKey: KeyRange = { lower: undefined, upper: undefined };

/** The column of a value that a key is compared with. Throws ValidationException when no key can be so. */
export function comparedColumn(value: AttributeValue, attribute: KeyAttribute): KeyColumn {
  const column = toColumn(value, attribute);
  if (column === undefined) throw new Error(`Key ${attribute.name} was compared without being checked.`);
  if (column.length === 0) {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${attribute.type === 'B' ? 'binary' : 'string'} value. Key: ${attribute.name}`,
    );
  }
  return column;
}

export function rangeOf(condition: RangeCondition, attribute: KeyAttribute): KeyRange {
  const inclusive = (value: AttributeValue): Bound => ({
    value: comparedColumn(value, attribute),
    isInclusive: true,
  });
  const exclusive = (value: AttributeValue): Bound => ({ ...inclusive(value), isInclusive: false });
  switch (condition.kind) {
    case '=':
      return { lower: inclusive(condition.value), upper: inclusive(condition.value) };
    case '<':
      return { lower: undefined, upper: exclusive(condition.value) };
    case '<=':
      return { lower: undefined, upper: inclusive(condition.value) };
    case '>':
      return { lower: exclusive(condition.value), upper: undefined };
    case '>=':
      return { lower: inclusive(condition.value), upper: undefined };
    case 'between':
      return { lower: inclusive(condition.lower), upper: inclusive(condition.upper) };
    case 'begins_with': {
      const lower = inclusive(condition.prefix);
      const end = afterPrefix(lower.value);
      return { lower, upper: end === undefined ? undefined : { value: end, isInclusive: false } };
    }
    default:
      return assertNever(condition);
  }
}

export function isInRange({ lower, upper }: KeyRange, column: KeyColumn): boolean {
  if (lower !== undefined) {
    const order = compareColumns(column, lower.value);
    if (order < 0 || (order === 0 && !lower.isInclusive)) return false;
  }
  if (upper === undefined) return true;
  const order = compareColumns(column, upper.value);
  return order < 0 || (order === 0 && upper.isInclusive);
}
