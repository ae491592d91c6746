import { invalid } from '../dynamo-errors.ts';

/**
 * A number of DynamoDB: `sign * 0.digits * 10^exponent`. The digits have no leading or trailing zeros; zero has
 * none at all.
 */
export interface Decimal {
  readonly sign: 1 | -1;
  readonly digits: string;
  readonly exponent: number;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-data-types
const digitsMax = 38;
const exponentMax = 126;
const exponentMin = -129;

const shape = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;
// Integers that are written as DynamoDB writes them.
const plainInteger = /^(?:0|-?[1-9]\d{0,37})$/;

const zero: Decimal = { sign: 1, digits: '', exponent: 0 };

function makeDecimal(sign: 1 | -1, allDigits: string, pointAt: number): Decimal {
  const withoutLead = allDigits.replace(/^0+/, '');
  const digits = withoutLead.replace(/0+$/, '');
  if (digits === '') return zero;
  const exponent = pointAt - (allDigits.length - withoutLead.length);
  if (digits.length > digitsMax)
    throw invalid('Attempting to store more than 38 significant digits in a Number');
  if (exponent > exponentMax)
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
  if (exponent < exponentMin)
    throw invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  return { sign, digits, exponent };
}

/** Throws ValidationException for what is no number, too long or out of range. */
export function parseDecimal(text: string): Decimal {
  const match = shape.exec(text);
  const [, sign, whole = '', fraction = '', power = '0'] = match ?? [];
  if (match === null || whole + fraction === '') {
    throw invalid(
      text === ''
        ? 'The parameter cannot be converted to a numeric value'
        : `The parameter cannot be converted to a numeric value: ${text}`,
    );
  }
  return makeDecimal(sign === '-' ? -1 : 1, whole + fraction, whole.length + Number(power));
}

/** As DynamoDB answers it: without exponent and without idle zeros. */
export function formatDecimal({ sign, digits, exponent }: Decimal): string {
  if (digits === '') return '0';
  const minus = sign === -1 ? '-' : '';
  if (exponent <= 0) return `${minus}0.${'0'.repeat(-exponent)}${digits}`;
  if (digits.length <= exponent) return `${minus}${digits.padEnd(exponent, '0')}`;
  return `${minus}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** The text by which DynamoDB stores a number: equal numbers have equal texts. */
export const normaliseNumber = (text: string): string =>
  plainInteger.test(text) ? text : formatDecimal(parseDecimal(text));

export function compareDecimals(one: Decimal, other: Decimal): number {
  if (one.digits === '') return other.digits === '' ? 0 : -other.sign;
  if (other.digits === '' || one.sign !== other.sign) return one.sign;
  if (one.exponent !== other.exponent) return one.sign * (one.exponent - other.exponent);
  if (one.digits === other.digits) return 0;
  return one.digits < other.digits ? -one.sign : one.sign;
}

export function compareNumbers(one: string, other: string): number {
  // Doubles tell integers of 15 digits apart.
  if (one.length <= 15 && other.length <= 15 && !one.includes('.') && !other.includes('.')) {
    return Number(one) - Number(other);
  }
  return compareDecimals(parseDecimal(one), parseDecimal(other));
}

/** Adds, or subtracts with `sign` -1. Throws ValidationException when the result does not fit. */
export function addNumbers(one: string, other: string, sign: 1 | -1 = 1): string {
  const [left, right] = [parseDecimal(one), parseDecimal(other)];
  const lowest = Math.min(left.exponent - left.digits.length, right.exponent - right.digits.length);
  const scaled = ({ sign, digits, exponent }: Decimal): bigint =>
    BigInt(sign) * BigInt(digits.padEnd(exponent - lowest, '0') || '0');
  const sum = scaled(left) + BigInt(sign) * scaled(right);
  const digits = String(sum < 0n ? -sum : sum);
  return formatDecimal(makeDecimal(sum < 0n ? -1 : 1, digits, digits.length + lowest));
}

/** A text that sorts, byte by byte, as the number does among numbers. */
export function sortableNumber(text: string): string {
  const { sign, digits, exponent } = parseDecimal(text);
  if (digits === '') return 'b';
  if (sign === 1) return `c${exponent + 500}${digits}`;
  // Of two negative numbers the one with more digits is smaller: `~` comes after every digit.
  return `a${499 - exponent}${digits.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))}~`;
}

/** One byte per two significant digits, one more, and one for a minus sign; zero takes one byte. */
export function numberBytes(text: string): number {
  const { sign, digits, exponent } = parseDecimal(text);
  if (digits === '') return 1;
  // Digits are stored in pairs that begin at even powers of ten.
  const pairs = Math.ceil((digits.length + Math.abs((exponent - digits.length) % 2)) / 2);
  return 1 + pairs + (sign === -1 ? 1 : 0);
}
