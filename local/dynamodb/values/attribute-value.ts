/** A value as DynamoDB's JSON protocol has it, such as `{ S: 'text' }`. Numbers are decimal text, bytes base64. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] }
  | { L: AttributeValue[] }
  | { M: Item };

export interface Item {
  [name: string]: AttributeValue;
}

export type ValueType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

export function typeOf(value: AttributeValue): ValueType {
  if ('S' in value) return 'S';
  if ('N' in value) return 'N';
  if ('M' in value) return 'M';
  if ('L' in value) return 'L';
  if ('BOOL' in value) return 'BOOL';
  if ('NULL' in value) return 'NULL';
  if ('B' in value) return 'B';
  if ('SS' in value) return 'SS';
  return 'NS' in value ? 'NS' : 'BS';
}

/** The attribute of this name; names such as `constructor` find nothing that is not there. */
export const attributeOf = (item: Item, name: string): AttributeValue | undefined =>
  Object.hasOwn(item, name) ? item[name] : undefined;

/** A copy of the first level that may take any name, `__proto__` too. */
export const copyItem = (item: Item): Item => Object.assign(Object.create(null), item);

/** Reads JSON that this engine wrote from checked items. */
export const parseItem = (text: string): Item => JSON.parse(text);
