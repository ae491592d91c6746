import { describe, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { providerModifiersMax } from './limits.ts';
import {
  noOverrides,
  removeModifier,
  resetWeights,
  scoringRowSchema,
  setModifiers,
  setWeights,
} from './scoring-overrides.ts';
import type { ScoringOverrides } from './scoring.ts';

const overrides: ScoringOverrides = {
  weights: { episode: { hash: 400 }, movie: { title: 5 } },
  provider_modifiers: { jimaku: 5, subdl: -5 },
};

describe('a change', () => {
  test('of weights leaves all others as they are', () => {
    expect(setWeights({ episode: { series: 1 } })(overrides)).toEqual({
      ...overrides,
      weights: { episode: { hash: 400, series: 1 }, movie: { title: 5 } },
    });
  });

  test('back to the default weights leaves the modifiers', () => {
    expect(resetWeights(overrides)).toEqual({
      ...noOverrides,
      provider_modifiers: overrides.provider_modifiers,
    });
  });

  test('of modifiers leaves those of other providers', () => {
    expect(setModifiers({ jimaku: 0, 'a b': 1 })(overrides).provider_modifiers).toEqual({
      jimaku: 0,
      subdl: -5,
      'a b': 1,
    });
  });

  test.each([
    ['jimaku', { subdl: -5 }],
    ['nobody', { jimaku: 5, subdl: -5 }],
  ])('that removes the modifier of %s removes no other', (provider, left) => {
    expect(removeModifier(provider)(overrides)).toEqual({ ...overrides, provider_modifiers: left });
  });

  test('to more modifiers than one row should hold is refused, to as many is not', () => {
    const modifiers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 1]));
    expect(() => setModifiers(modifiers(providerModifiersMax))(noOverrides)).not.toThrow();
    expect(() =>
      setModifiers({ more: 1 })(setModifiers(modifiers(providerModifiersMax))(noOverrides)),
    ).toThrow(ApiError);
  });
});

describe('a row', () => {
  test.each([
    [{}, { ...noOverrides, revision: 0 }],
    [
      { weights: { movie: { hash: 1 } } },
      { ...noOverrides, weights: { episode: {}, movie: { hash: 1 } }, revision: 0 },
    ],
  ])('written by hand may leave out what is by default: %j', (row, parsed) => {
    expect(scoringRowSchema.parse(row)).toEqual(parsed);
  });

  test('with a weight that is no number is refused', () => {
    expect(() => scoringRowSchema.parse({ weights: { movie: { hash: 'high' } } })).toThrow('hash');
  });
});
