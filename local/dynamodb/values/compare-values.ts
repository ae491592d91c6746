import { type AttributeValue, attributeOf, typeOf } from './attribute-value.ts';
import { compareNumbers } from './decimal.ts';

// UTF-16 order differs from that of bytes only for surrogates, which begin at D800.
const beyondSurrogates = /[\ud800-\uffff]/;

export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  if (beyondSurrogates.test(one) || beyondSurrogates.test(other)) {
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  return one < other ? -1 : 1;
}

/** The order of two values of one ordered type (S, N, B); undefined when they have none. */
export function orderOf(one: AttributeValue, other: AttributeValue): number | undefined {
  if ('S' in one && 'S' in other) return compareTexts(one.S, other.S);
  if ('N' in one && 'N' in other) return compareNumbers(one.N, other.N);
  if ('B' in one && 'B' in other) {
    return Buffer.compare(Buffer.from(one.B, 'base64'), Buffer.from(other.B, 'base64'));
  }
  return undefined;
}

const sameMembers = (one: readonly string[], other: readonly string[]): boolean => {
  if (one.length !== other.length) return false;
  const members = new Set(one);
  return other.every((member) => members.has(member));
};

/** Equal in type and value. Numbers are compared by their normalised texts, sets without regard to order. */
export function areEqual(one: AttributeValue, other: AttributeValue): boolean {
  if ('S' in one) return 'S' in other && one.S === other.S;
  if ('N' in one) return 'N' in other && one.N === other.N;
  if ('B' in one) return 'B' in other && one.B === other.B;
  if ('BOOL' in one) return 'BOOL' in other && one.BOOL === other.BOOL;
  if ('SS' in one) return 'SS' in other && sameMembers(one.SS, other.SS);
  if ('NS' in one) return 'NS' in other && sameMembers(one.NS, other.NS);
  if ('BS' in one) return 'BS' in other && sameMembers(one.BS, other.BS);
  if ('L' in one) {
    if (!('L' in other) || one.L.length !== other.L.length) return false;
    return one.L.every((value, at) => {
      const counterpart = other.L[at];
      return counterpart !== undefined && areEqual(value, counterpart);
    });
  }
  if ('M' in one) {
    if (!('M' in other) || Object.keys(one.M).length !== Object.keys(other.M).length) return false;
    return Object.entries(one.M).every(([name, value]) => {
      const counterpart = attributeOf(other.M, name);
      return counterpart !== undefined && areEqual(value, counterpart);
    });
  }
  return typeOf(other) === 'NULL';
}
