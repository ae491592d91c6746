import { assertNever } from '../../../shared/assert-never.ts';
import { invalid } from '../dynamo-errors.ts';
import { typeOf, type ValueType } from '../values/attribute-value.ts';
import type { Bindings, SetOperand, SetValue, UpdateAction } from './expression-tree.ts';

const operandTypes: ReadonlyMap<ValueType, string> = new Map([
  ['S', 'STRING'],
  ['N', 'NUMBER'],
  ['B', 'BINARY'],
  ['BOOL', 'BOOLEAN'],
  ['L', 'LIST'],
  ['M', 'MAP'],
]);

function checkSetValue(value: SetValue, bindings: Bindings): void {
  const allow = (operator: string, operands: readonly SetOperand[], type: 'N' | 'L'): void => {
    for (const operand of operands) {
      checkSetValue(operand, bindings);
      if (operand.kind !== 'value') continue;
      const actual = typeOf(bindings.valueOf(operand));
      if (actual !== type) {
        throw invalid(
          `Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${actual}`,
        );
      }
    }
  };
  switch (value.kind) {
    case 'sum':
      allow(value.operator, [value.left, value.right], 'N');
      return;
    case 'list_append':
      allow('list_append', [value.first, value.second], 'L');
      return;
    case 'if_not_exists':
      checkSetValue(value.otherwise, bindings);
      return;
    case 'path':
    case 'value':
      return;
    default:
      assertNever(value);
  }
}

/** Refuses values whose type can never fit. Throws ValidationException. */
export function checkUpdate(actions: readonly UpdateAction[], bindings: Bindings): void {
  for (const action of actions) {
    if (action.kind === 'set') checkSetValue(action.value, bindings);
    if (action.kind !== 'add' && action.kind !== 'delete') continue;
    const value = bindings.valueOf(action.value);
    const isSet = 'SS' in value || 'NS' in value || 'BS' in value;
    if (isSet || (action.kind === 'add' && 'N' in value)) continue;
    const operator = action.kind.toUpperCase();
    throw invalid(
      `Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ${operator}, operand type: ${operandTypes.get(typeOf(value)) ?? typeOf(value)}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
    );
  }
}
