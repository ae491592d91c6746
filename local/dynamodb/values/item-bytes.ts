import type { AttributeValue, Item } from './attribute-value.ts';
import { numberBytes } from './decimal.ts';

const collectionBytes = 3;

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
const base64Bytes = (text: string): number => Buffer.byteLength(text, 'base64');

function valueBytes(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('M' in value) return collectionBytes + Object.keys(value.M).length + itemBytes(value.M);
  if ('L' in value) return collectionBytes + sum(value.L.map((each) => 1 + valueBytes(each)));
  if ('B' in value) return base64Bytes(value.B);
  if ('SS' in value) return sum(value.SS.map((text) => Buffer.byteLength(text)));
  if ('NS' in value) return sum(value.NS.map(numberBytes));
  if ('BS' in value) return sum(value.BS.map(base64Bytes));
  return 1;
}

/**
 * The size by which DynamoDB limits and meters an item: names and values.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Item): number =>
  sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)));

/** What `size()` answers; undefined for types that have none. */
export function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('B' in value) return base64Bytes(value.B);
  if ('M' in value) return Object.keys(value.M).length;
  if ('L' in value) return value.L.length;
  if ('SS' in value) return value.SS.length;
  if ('NS' in value) return value.NS.length;
  if ('BS' in value) return value.BS.length;
  return undefined;
}
