import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { itemBytes } from './item-bytes.ts';
import { addNumbers, compareNumbers, normaliseNumber, sortableNumber } from './decimal.ts';

/** A number of up to 38 digits, exactly known: `units * 10^-scale`. */
const exact = fc.record({
  units: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  scale: fc.integer({ min: 0, max: 7 }),
});
type Exact = { readonly units: bigint; readonly scale: number };

const textOf = ({ units, scale }: Exact): string => `${units}e-${scale}`;
const scaled = ({ units, scale }: Exact): bigint => units * 10n ** BigInt(7 - scale);
const signOf = (value: bigint): number => Number(value > 0n) - Number(value < 0n);

describe('numbers', () => {
  test('are compared, ordered as keys, and found equal by their values', () => {
    fc.assert(
      fc.property(exact, exact, (one, other) => {
        const order = signOf(scaled(one) - scaled(other));
        const [left, right] = [normaliseNumber(textOf(one)), normaliseNumber(textOf(other))];
        expect(Math.sign(compareNumbers(left, right))).toBe(order);
        const [leftKey, rightKey] = [sortableNumber(left), sortableNumber(right)];
        expect(leftKey < rightKey ? -1 : Number(leftKey > rightKey)).toBe(order);
        expect(left === right).toBe(order === 0);
      }),
    );
  });

  test('are added and subtracted exactly', () => {
    fc.assert(
      fc.property(exact, exact, (one, other) => {
        const sum = { units: scaled(one) + scaled(other), scale: 7 };
        expect(addNumbers(textOf(one), textOf(other))).toBe(normaliseNumber(textOf(sum)));
        expect(addNumbers(addNumbers(textOf(one), textOf(other)), textOf(other), -1)).toBe(
          normaliseNumber(textOf(one)),
        );
      }),
    );
  });

  test.each([
    ['-1E125', '-9.9E124', '-1', '-1E-130', '0', '1E-130', '0.1', '1', '10', '9.99E125'],
    ['-0.11', '-0.1', '-0.01'],
    ['0.12', '0.123', '0.13'],
  ])('are ordered as keys to the ends of their range: %s ...', (...numbers) => {
    const keys = numbers.map(sortableNumber);
    expect(keys.toSorted()).toEqual(keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each([
    ['0', 1],
    ['1', 2],
    ['-1', 3],
    ['100', 2],
    ['99', 2],
    ['100.5', 4],
    ['1234', 3],
  ])('%s weighs %i bytes', (N, bytes) => {
    expect(itemBytes({ n: { N } })).toBe(1 + bytes);
  });
});
