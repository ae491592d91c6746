import type { RowColumns } from '../file/table-rows.ts';
import { invalid, invalidParameter } from '../dynamo-errors.ts';
import { type AttributeValue, attributeOf, type Item, typeOf } from '../values/attribute-value.ts';
import { type KeyColumn, type RowKey, toColumn } from './key-column.ts';
import {
  type IndexSchema,
  type KeyAttribute,
  keyAttributes,
  type KeySchema,
  type TableSchema,
} from './table-schema.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys
const hashBytesMax = 2048;
const rangeBytesMax = 1024;

const typeName = (value: AttributeValue): string => ('B' in value ? 'binary' : 'string');
const isEmptyKey = (value: AttributeValue): boolean =>
  ('S' in value && value.S === '') || ('B' in value && value.B === '');

function checkKeyBytes(column: KeyColumn, isHash: boolean): KeyColumn {
  const max = isHash ? hashBytesMax : rangeBytesMax;
  // No text is longer in UTF-8 than three bytes a unit.
  if (column.length * 3 <= max) return column;
  if ((typeof column === 'string' ? Buffer.byteLength(column) : column.length) <= max) return column;
  throw invalidParameter(
    isHash
      ? `Size of hashkey has exceeded the maximum size limit of${hashBytesMax} bytes`
      : `Aggregated size of all range keys has exceeded the size limit of ${rangeBytesMax} bytes`,
  );
}

function itemKeyColumn(item: Item, attribute: KeyAttribute, isHash: boolean): KeyColumn {
  const value = attributeOf(item, attribute.name);
  if (value === undefined) throw invalidParameter(`Missing the key ${attribute.name} in the item`);
  const column = toColumn(value, attribute);
  if (column === undefined) {
    throw invalidParameter(
      `Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`,
    );
  }
  if (isEmptyKey(value)) {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${typeName(value)} value. Key: ${attribute.name}`,
    );
  }
  return checkKeyBytes(column, isHash);
}

function indexColumn(item: Item, attribute: KeyAttribute, isHash: boolean, index: string): KeyColumn | null {
  const value = attributeOf(item, attribute.name);
  if (value === undefined) return null;
  const column = toColumn(value, attribute);
  if (column === undefined) {
    throw invalidParameter(
      `Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${typeOf(value)} IndexName: ${index}`,
    );
  }
  if (isEmptyKey(value)) {
    throw invalid(
      `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${typeName(value)} value. IndexName: ${index}, IndexKey: ${attribute.name}`,
    );
  }
  return checkKeyBytes(column, isHash);
}

/** An item that lacks one of an index's keys is not in the index. */
function indexColumns({ name, key }: IndexSchema, item: Item): readonly (KeyColumn | null)[] {
  const hash = indexColumn(item, key.hash, true, name);
  const range = key.range === undefined ? '' : indexColumn(item, key.range, false, name);
  return hash === null || range === null ? [null, null] : [hash, range];
}

function expiryOf({ expiresAttribute }: TableSchema, item: Item): number | null {
  if (expiresAttribute === undefined) return null;
  const value = attributeOf(item, expiresAttribute);
  return value !== undefined && 'N' in value ? Number(value.N) : null;
}

export const itemKey = ({ key }: TableSchema, item: Item): RowKey => ({
  pk: itemKeyColumn(item, key.hash, true),
  sk: key.range === undefined ? '' : itemKeyColumn(item, key.range, false),
});

/** The columns of an item that is to be stored. Throws ValidationException when its keys are not the table's. */
export function rowColumns(schema: TableSchema, item: Item): RowColumns {
  const { indexes } = schema;
  const [first] = indexes;
  return {
    key: itemKey(schema, item),
    expires: expiryOf(schema, item),
    indexKeys:
      first !== undefined && indexes.length === 1
        ? indexColumns(first, item)
        : indexes.flatMap((index) => indexColumns(index, item)),
  };
}

/** The columns of an item that was there before its index: one that does not fit is not in the index. */
export function laterColumns(schema: TableSchema, item: Item): Omit<RowColumns, 'key'> {
  const indexKeys = schema.indexes.flatMap((index) => {
    try {
      return indexColumns(index, item);
    } catch {
      return [null, null];
    }
  });
  return { expires: expiryOf(schema, item), indexKeys };
}

export const keyMismatch = (): Error => invalid('The provided key element does not match the schema');

/** Has the item the table's keys, in their types? */
export const hasKeys = ({ key }: TableSchema, item: Item): boolean =>
  keyAttributes(key).every(({ name, type }) => {
    const value = attributeOf(item, name);
    return value !== undefined && type in value;
  });

function givenKeyColumn(given: Item, attribute: KeyAttribute, isHash: boolean): KeyColumn {
  const value = attributeOf(given, attribute.name);
  const column = value === undefined ? undefined : toColumn(value, attribute);
  if (value === undefined || column === undefined) throw keyMismatch();
  if (isEmptyKey(value)) {
    throw invalidParameter(
      `The AttributeValue for a key attribute cannot contain an empty ${typeName(value)} value. Key: ${attribute.name}`,
    );
  }
  return checkKeyBytes(column, isHash);
}

/** The columns of a key that was given by itself. Throws ValidationException when it is not the table's. */
export function keyColumns({ hash, range }: KeySchema, given: Item): RowKey {
  if (Object.keys(given).length !== (range === undefined ? 1 : 2)) throw keyMismatch();
  return {
    pk: givenKeyColumn(given, hash, true),
    sk: range === undefined ? '' : givenKeyColumn(given, range, false),
  };
}

const isMissingFrom =
  (given: Item) =>
  ({ name }: KeyAttribute): boolean =>
    attributeOf(given, name) === undefined;

/** The key columns of a place to go on from, in the order of `Selection.after`. Throws ValidationException. */
export function startColumns(
  schema: TableSchema,
  index: IndexSchema | undefined,
  given: Item,
): readonly KeyColumn[] {
  const parts = index === undefined ? [schema.key] : [index.key, schema.key];
  const names = new Set(parts.flatMap(keyAttributes).map(({ name }) => name));
  if (Object.keys(given).length !== names.size || parts.flatMap(keyAttributes).some(isMissingFrom(given))) {
    throw invalid(
      index === undefined
        ? 'The provided starting key is invalid: The provided key element does not match the schema'
        : 'The provided starting key is invalid',
    );
  }
  return parts.flatMap(({ hash, range }) => [
    givenKeyColumn(given, hash, true),
    range === undefined ? '' : givenKeyColumn(given, range, false),
  ]);
}

/** The key of an item, as DynamoDB answers it: of the table, and of the index if one was read. */
export function keyOf(schema: TableSchema, index: IndexSchema | undefined, item: Item): Item {
  const attributes = [...keyAttributes(schema.key), ...(index === undefined ? [] : keyAttributes(index.key))];
  return Object.fromEntries(
    attributes.flatMap(({ name }) => {
      const value = attributeOf(item, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
