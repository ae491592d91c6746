import { assertNever } from '../../../shared/assert-never.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { sortableNumber } from '../values/decimal.ts';
import type { KeyAttribute } from './table-schema.ts';

/** A key as its column holds it: SQLite's order of these is DynamoDB's of the values. */
export type KeyColumn = string | Uint8Array;

/** A row's place in its table. Without a sort key `sk` is empty. */
export interface RowKey {
  readonly pk: KeyColumn;
  readonly sk: KeyColumn;
}

/** Undefined when the value is not of the key's type. */
export function toColumn(value: AttributeValue, { type }: KeyAttribute): KeyColumn | undefined {
  switch (type) {
    case 'S':
      return 'S' in value ? value.S : undefined;
    case 'N':
      return 'N' in value ? sortableNumber(value.N) : undefined;
    case 'B':
      return 'B' in value ? Buffer.from(value.B, 'base64') : undefined;
    default:
      return assertNever(type);
  }
}

const lastCodePoint = 0x10_ff_ff;

function afterText(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? 0;
    // Surrogates are no code points of their own.
    if (last < lastCodePoint) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

function afterBytes(prefix: Uint8Array): Uint8Array | undefined {
  const end = prefix.findLastIndex((byte) => byte < 0xff);
  if (end === -1) return undefined;
  const after = prefix.slice(0, end + 1);
  after[end] = (after[end] ?? 0) + 1;
  return after;
}

/** The first key after all that begin with the prefix; undefined when there is none. */
export const afterPrefix = (prefix: KeyColumn): KeyColumn | undefined =>
  typeof prefix === 'string' ? afterText(prefix) : afterBytes(prefix);

const columnId = (column: KeyColumn): string =>
  typeof column === 'string' ? column : Buffer.from(column).toString('latin1');

/** Tells rows of all tables apart. */
export const rowId = (tableId: number, { pk, sk }: RowKey): string => {
  const hash = columnId(pk);
  return `${tableId} ${hash.length} ${hash}${columnId(sk)}`;
};

const bytesOf = (column: KeyColumn): Uint8Array =>
  typeof column === 'string' ? Buffer.from(column) : column;

/** The order in which SQLite has two columns of one key. */
export const compareColumns = (one: KeyColumn, other: KeyColumn): number =>
  Buffer.compare(bytesOf(one), bytesOf(other));
