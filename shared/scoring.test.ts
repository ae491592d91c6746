import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modifierMagnitudeMax, weightMagnitudeMax } from './limits.ts';
import { noOverrides } from './scoring-overrides.ts';
import { defaultWeights, scoreCandidate, scoreTypes, weightsFor } from './scoring.ts';
import type { Candidate, ScoringOverrides } from './scoring.ts';

const candidate = (overrides: Partial<Candidate> = {}): Candidate => ({
  type: 'episode',
  matches: [],
  is_ass: false,
  provider_name: null,
  ...overrides,
});

const overridden: ScoringOverrides = {
  weights: { episode: { hash: 400, format_bonus: 80 }, movie: { title: -5 } },
  provider_modifiers: { jimaku: 25, subdl: -100 },
};

describe('the default weights', () => {
  test('are those of the catalog', () => {
    expect(Object.values(defaultWeights.episode)).toEqual([359, 180, 90, 30, 30, 14, 7, 3, 2, 1, 50]);
    expect(Object.values(defaultWeights.movie)).toEqual([119, 60, 30, 13, 7, 3, 2, 1, 50]);
  });

  test('hold where a tenant set none', () => {
    expect(weightsFor('episode', noOverrides)).toEqual(defaultWeights.episode);
    expect(weightsFor('movie', overridden)).toEqual({ ...defaultWeights.movie, title: -5 });
  });

  test('are not joined by what is stored under names that are no weights', () => {
    const stale = { ...noOverrides, weights: { episode: { video_codec: 2, title: 3 }, movie: {} } };
    expect(weightsFor('episode', stale)).toEqual(defaultWeights.episode);
  });
});

describe('a score', () => {
  test.each<[Partial<Candidate>, ScoringOverrides, number]>([
    [{}, noOverrides, 0],
    [{ matches: ['hash'] }, noOverrides, 359],
    [{ matches: ['hash'], is_ass: true }, noOverrides, 409],
    [{ matches: ['series', 'season', 'episode', 'year'] }, noOverrides, 330],
    [{ matches: ['series', 'series'] }, noOverrides, 180],
    [{ type: 'movie', matches: ['title', 'year', 'resolution'], is_ass: true }, noOverrides, 142],
    [{ type: 'movie', matches: ['series', 'season'] }, noOverrides, 0],
    [{ matches: ['title'] }, noOverrides, 0],
    [{ matches: ['format_bonus'] }, noOverrides, 0],
    [{ matches: ['constructor', '__proto__'] }, noOverrides, 0],
    [{ provider_name: 'jimaku' }, noOverrides, 0],
    [{ provider_name: 'constructor' }, overridden, 0],
    [{ matches: ['hash'], is_ass: true, provider_name: 'jimaku' }, overridden, 505],
    [{ provider_name: 'subdl' }, overridden, -100],
    [{ type: 'movie', matches: ['title'], is_ass: true, provider_name: 'Jimaku' }, overridden, 45],
  ])('of %j is by hand what it is here', (given, overrides, expected) => {
    expect(scoreCandidate(candidate(given), overrides).score).toBe(expected);
  });

  test('tells what each part gives, and which matches count nothing', () => {
    const given = candidate({
      matches: ['series', 'imdb_id', 'source', 'series'],
      is_ass: true,
      provider_name: 'subdl',
    });
    expect(scoreCandidate(given, overridden)).toEqual({
      score: 180 + 7 + 80 - 100,
      parts: { matches: { series: 180, source: 7 }, format_bonus: 80, provider_modifier: -100 },
      unknown_matches: ['imdb_id'],
    });
  });
});

const names = [...new Set(scoreTypes.flatMap((type) => Object.keys(defaultWeights[type])))];
const pointsOf = (keys: readonly string[], magnitude: number) =>
  fc.dictionary(fc.constantFrom(...keys), fc.integer({ min: -magnitude, max: magnitude }));
const providers = ['jimaku', 'subdl', 'opensubtitles'];
const overridesArbitrary: fc.Arbitrary<ScoringOverrides> = fc.record({
  weights: fc.record({
    episode: pointsOf(names, weightMagnitudeMax),
    movie: pointsOf(names, weightMagnitudeMax),
  }),
  provider_modifiers: pointsOf(providers, modifierMagnitudeMax),
});
const candidateArbitrary: fc.Arbitrary<Candidate> = fc.record({
  type: fc.constantFrom(...scoreTypes),
  matches: fc.array(fc.oneof(fc.constantFrom(...names), fc.string())),
  is_ass: fc.boolean(),
  provider_name: fc.option(fc.oneof(fc.constantFrom(...providers), fc.string())),
});
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('always', () => {
  test('the parts add up to the score', () => {
    fc.assert(
      fc.property(candidateArbitrary, overridesArbitrary, (given, overrides) => {
        const { score, parts } = scoreCandidate(given, overrides);
        expect(sum(Object.values(parts.matches)) + parts.format_bonus + parts.provider_modifier).toBe(score);
      }),
    );
  });

  test('a score lies between all that can count against and all that can count for', () => {
    fc.assert(
      fc.property(candidateArbitrary, overridesArbitrary, (given, overrides) => {
        const weights = Object.values(weightsFor(given.type, overrides));
        const { score } = scoreCandidate(given, overrides);
        expect(score).toBeGreaterThanOrEqual(
          sum(weights.filter((points) => points < 0)) - modifierMagnitudeMax,
        );
        expect(score).toBeLessThanOrEqual(sum(weights.filter((points) => points > 0)) + modifierMagnitudeMax);
      }),
    );
  });

  test('every match either counts or is named as unknown, and neither order nor repetition matters', () => {
    fc.assert(
      fc.property(candidateArbitrary, overridesArbitrary, (given, overrides) => {
        const scored = scoreCandidate(given, overrides);
        const seen = [...Object.keys(scored.parts.matches), ...scored.unknown_matches];
        expect(seen.sort()).toEqual([...new Set(given.matches)].sort());
        const shuffled = [...given.matches, ...given.matches].reverse();
        expect(scoreCandidate({ ...given, matches: shuffled }, overrides).score).toBe(scored.score);
      }),
    );
  });

  test('one more match changes the score by its weight', () => {
    fc.assert(
      fc.property(
        candidateArbitrary,
        overridesArbitrary,
        fc.constantFrom(...names),
        (given, overrides, name) => {
          const without = { ...given, matches: given.matches.filter((match) => match !== name) };
          const more = { ...without, matches: [...without.matches, name] };
          const weight = name === 'format_bonus' ? 0 : (weightsFor(given.type, overrides)[name] ?? 0);
          expect(scoreCandidate(more, overrides).score).toBe(
            scoreCandidate(without, overrides).score + weight,
          );
        },
      ),
    );
  });
});
