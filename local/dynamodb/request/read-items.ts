import type { Item } from '../values/attribute-value.ts';
import { checkAttributes } from '../values/check-value.ts';
import { type Members, required } from './members.ts';

/** The checked map of attribute values of this name. Throws ValidationException or SerializationException. */
export function itemIn(input: Members, name: string): Item {
  const item = required(name, input[name] ?? undefined);
  checkAttributes(item);
  return item;
}

export function itemIfAny(input: Members, name: string): Item | undefined {
  return input[name] === undefined || input[name] === null ? undefined : itemIn(input, name);
}
