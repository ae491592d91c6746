import { assert, integer, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endsCaseless, equalsCaseless, parseCaseless, startsCaseless } from './match-ignore-case.ts';

describe('a text and another one but for case', () => {
  test.each([
    ['abc', 'ABC', true],
    ['ABC', 'aBc', true],
    ['abc', 'abcd', false],
    ['abc', 'ab', false],
    ['', '', true],
    ['', 'a', false],
    ['Äpfel', 'äPFEL', true],
    // One unit may be two in its other case, and of another length in bytes.
    ['ß', 'SS', true],
    ['SS', 'ß', false],
    ['ⱥ', 'Ⱥ', true],
    // Whole-text folding would make the last sigma of a word another letter.
    ['ΟΔΟΣ', 'οδοσ', true],
    ['ΟΔΟΣ', 'οδος', false],
    // The Kelvin sign's lower case is k; k's upper case is K.
    ['k', '\u212a', false],
    ['\u212a', 'k', true],
  ])('%j equals %j: %s', (text, value, expected) => {
    expect(equalsCaseless(parseCaseless(text), value)).toBe(expected);
  });

  test.each([
    ['ab', 'ABc', true, false],
    ['bc', 'aBC', false, true],
    ['', 'x', true, true],
    ['ß', 'SSx', true, false],
    ['ß', 'xSS', false, true],
    ['abc', 'bc', false, false],
  ])('%j begins %j: %s, and ends it: %s', (text, value, begins, ends) => {
    expect(startsCaseless(parseCaseless(text), value)).toBe(begins);
    expect(endsCaseless(parseCaseless(text), value)).toBe(ends);
  });

  test('holds for each of its cases, unit by unit, at both ends of anything', () => {
    assert(
      property(string({ unit: 'grapheme' }), string(), integer(), (text, rest, which) => {
        const cased = parseCaseless(text)
          .map(([lower, upper], at) => ((which >> (at % 31)) & 1 ? upper : lower))
          .join('');
        expect(startsCaseless(parseCaseless(text), cased + rest)).toBe(true);
        expect(endsCaseless(parseCaseless(text), rest + cased)).toBe(true);
      }),
    );
  });
});

test('no unit has two different cases of which one begins or ends the other', () => {
  const ambiguous: string[] = [];
  for (let code = 0; code < 0x10000; code++) {
    const [cases = ['', '']] = parseCaseless(String.fromCharCode(code));
    const [lower, upper] = cases;
    if (lower === upper) continue;
    const pairs = [
      [lower, upper],
      [upper, lower],
    ] as const;
    if (pairs.some(([one, other]) => one.startsWith(other) || one.endsWith(other)))
      ambiguous.push(code.toString(16));
  }
  expect(ambiguous).toEqual([]);
});
