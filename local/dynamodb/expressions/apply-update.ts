import { assertNever } from '../../../shared/assert-never.ts';
import { invalid } from '../dynamo-errors.ts';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { addNumbers } from '../values/decimal.ts';
import { valueAt } from './document-path.ts';
import type { Bindings, DocumentPath, SetOperand, SetValue, UpdateAction } from './expression-tree.ts';

const wrongType = (): Error => invalid('An operand in the update expression has an incorrect data type');
const wrongPath = (): Error =>
  invalid('The document path provided in the update expression is invalid for update');
const missing = (): Error =>
  invalid('The provided expression refers to an attribute that does not exist in the item');

function evaluateOperand(operand: SetOperand, item: Item, bindings: Bindings): AttributeValue {
  switch (operand.kind) {
    case 'value':
      return bindings.valueOf(operand);
    case 'path': {
      const value = valueAt(item, bindings.pathOf(operand));
      if (value === undefined) throw missing();
      return value;
    }
    case 'if_not_exists':
      return (
        valueAt(item, bindings.pathOf(operand.path)) ?? evaluateOperand(operand.otherwise, item, bindings)
      );
    case 'list_append': {
      const first = evaluateOperand(operand.first, item, bindings);
      const second = evaluateOperand(operand.second, item, bindings);
      if (!('L' in first && 'L' in second)) throw wrongType();
      return { L: [...first.L, ...second.L] };
    }
    default:
      return assertNever(operand);
  }
}

function evaluateSet(value: SetValue, item: Item, bindings: Bindings): AttributeValue {
  if (value.kind !== 'sum') return evaluateOperand(value, item, bindings);
  const left = evaluateOperand(value.left, item, bindings);
  const right = evaluateOperand(value.right, item, bindings);
  if (!('N' in left && 'N' in right)) throw wrongType();
  return { N: addNumbers(left.N, right.N, value.operator === '+' ? 1 : -1) };
}

/** The map or list that holds the last step of a path. */
type Place =
  | { readonly map: Item; readonly name: string }
  | { readonly list: AttributeValue[]; readonly at: number };

function placeOf(item: Item, path: DocumentPath): Place {
  const last = path.at(-1);
  if (path.length === 1 && typeof last === 'string') return { map: item, name: last };
  const holder = valueAt(item, path.slice(0, -1));
  if (holder !== undefined && 'M' in holder && typeof last === 'string') return { map: holder.M, name: last };
  if (holder !== undefined && 'L' in holder && typeof last === 'number') return { list: holder.L, at: last };
  throw wrongPath();
}

function put(place: Place, value: AttributeValue): void {
  if ('list' in place) {
    // Beyond its end a list grows by one.
    place.list.splice(Math.min(place.at, place.list.length), 1, value);
  } else {
    // By assignment `__proto__` would become no attribute.
    Object.defineProperty(place.map, place.name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

function remove(place: Place): void {
  if ('list' in place) place.list.splice(place.at, 1);
  else delete place.map[place.name];
}

function withMembers(value: AttributeValue | undefined, added: AttributeValue): AttributeValue {
  if (value === undefined) return added;
  if ('N' in value && 'N' in added) return { N: addNumbers(value.N, added.N) };
  if ('SS' in value && 'SS' in added) return { SS: [...new Set([...value.SS, ...added.SS])] };
  if ('NS' in value && 'NS' in added) return { NS: [...new Set([...value.NS, ...added.NS])] };
  if ('BS' in value && 'BS' in added) return { BS: [...new Set([...value.BS, ...added.BS])] };
  throw wrongType();
}

function withoutMembers(value: AttributeValue, removed: AttributeValue): AttributeValue | undefined {
  const left = (from: readonly string[], gone: readonly string[]): string[] | undefined => {
    const kept = from.filter((member) => !gone.includes(member));
    return kept.length === 0 ? undefined : kept;
  };
  if ('SS' in value && 'SS' in removed) {
    const SS = left(value.SS, removed.SS);
    return SS && { SS };
  }
  if ('NS' in value && 'NS' in removed) {
    const NS = left(value.NS, removed.NS);
    return NS && { NS };
  }
  if ('BS' in value && 'BS' in removed) {
    const BS = left(value.BS, removed.BS);
    return BS && { BS };
  }
  throw wrongType();
}

/** What an action does, worked out from the item as it was before all of them. */
type Change =
  | { readonly kind: 'put'; readonly path: DocumentPath; readonly value: AttributeValue }
  | { readonly kind: 'remove'; readonly path: DocumentPath };

function changeOf(action: UpdateAction, before: Item, bindings: Bindings): Change[] {
  const path = bindings.pathOf(action.path);
  switch (action.kind) {
    case 'set':
      return [{ kind: 'put', path, value: evaluateSet(action.value, before, bindings) }];
    case 'remove':
      return [{ kind: 'remove', path }];
    case 'add':
      return [
        { kind: 'put', path, value: withMembers(valueAt(before, path), bindings.valueOf(action.value)) },
      ];
    case 'delete': {
      const value = valueAt(before, path);
      if (value === undefined) return [];
      const left = withoutMembers(value, bindings.valueOf(action.value));
      return [left === undefined ? { kind: 'remove', path } : { kind: 'put', path, value: left }];
    }
    default:
      return assertNever(action);
  }
}

const lastPlace = ({ path }: Change): number => {
  const last = path.at(-1);
  return typeof last === 'number' ? last : 0;
};

/**
 * Carries an update out on `item`, which is changed, by what `before`, an equal copy, holds. Throws
 * ValidationException when a path leads nowhere or a type does not fit.
 */
export function applyUpdate(
  actions: readonly UpdateAction[],
  before: Item,
  item: Item,
  bindings: Bindings,
): void {
  const changes = actions.flatMap((action) => changeOf(action, before, bindings));
  const puts = changes.filter((change) => change.kind === 'put');
  const removals = changes.filter((change) => change.kind === 'remove');
  // Places in lists are those of before: lists grow from their ends on, and shrink from behind.
  for (const change of puts.sort((one, other) => lastPlace(one) - lastPlace(other))) {
    put(placeOf(item, change.path), change.value);
  }
  for (const change of removals.sort((one, other) => lastPlace(other) - lastPlace(one))) {
    remove(placeOf(item, change.path));
  }
}
