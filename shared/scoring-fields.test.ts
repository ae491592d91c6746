import { describe, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { matchesMax } from './limits.ts';
import { parseFields } from './parse-request.ts';
import { candidateSchema, modifiersSchema, presetSchema, weightsSchema } from './scoring-fields.ts';

function problemsOf(parse: () => unknown): string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof ApiError) return error.details.map(({ field, message }) => `${field} ${message}`);
    throw error;
  }
  return [];
}

describe('weights', () => {
  test.each([
    [{}],
    [{ episode: {} }],
    [{ episode: { hash: 400 }, movie: { title: 0 } }],
    [{ movie: { format_bonus: -1000, hash: 1000 } }],
    [{ movie: { hash: 1 }, defaults: { movie: { hash: 119 } } }],
  ])('%j are taken', (given) => {
    expect(problemsOf(() => parseFields(weightsSchema, given))).toEqual([]);
  });

  test.each<[unknown, RegExp]>([
    [{ episode: { title: 5 } }, /^episode\.title is no weight of episode; there are hash, series, /],
    [{ movie: { series: 5 } }, /^movie\.series is no weight of movie; there are hash, title, /],
    [{ movie: { hash: 1001 } }, /^movie\.hash must be a whole number from -1000 to 1000/],
    [{ movie: { hash: -1001 } }, /^movie\.hash must be/],
    [{ movie: { hash: 1.5 } }, /^movie\.hash must be a whole number/],
    [{ movie: { hash: '5' } }, /^movie\.hash must be a whole number/],
    [{ movie: { hash: null } }, /^movie\.hash must be a whole number/],
    [{ movie: [] }, /^movie /],
    [{ anime: {} }, /^anime is not a field/],
    [[], /^ /],
  ])('%j are refused by the name of what is wrong', (given, problem) => {
    expect(problemsOf(() => parseFields(weightsSchema, given))).toEqual([expect.stringMatching(problem)]);
  });
});

describe('modifiers', () => {
  test.each([[{}], [{ jimaku: 100, 'Open Subtitles': -100, 'a.b-c_d': 0 }], [{ constructor: 1 }]])(
    '%j are taken as they are',
    (given) => {
      expect(parseFields(modifiersSchema, given)).toEqual(given);
    },
  );

  test.each<[unknown, RegExp]>([
    [{ jimaku: 101 }, /^jimaku must be a whole number from -100 to 100/],
    [{ jimaku: -101 }, /^jimaku must be/],
    [{ jimaku: true }, /^jimaku must be/],
    [{ '': 1 }, /is no provider/],
    [{ ' x': 1 }, /is no provider/],
    [{ 'a/b': 1 }, /^a\/b is no provider: use 1 to 64/],
    [{ ['x'.repeat(65)]: 1 }, /is no provider/],
  ])('%j are refused by the name of what is wrong', (given, problem) => {
    expect(problemsOf(() => parseFields(modifiersSchema, given))).toEqual([expect.stringMatching(problem)]);
  });
});

describe('a preset', () => {
  test.each([
    [
      { name: 'Mine', weights: { episode: { hash: 1 } } },
      { name: 'Mine', weights: { episode: { hash: 1 } }, provider_modifiers: {} },
    ],
    [
      { name: 'Mine', description: 'x', type: 'both', provider_modifiers: { jimaku: 5 } },
      { name: 'Mine', weights: {}, provider_modifiers: { jimaku: 5 } },
    ],
    [
      { name: 'Anime', weights: { episode: { hash: 1 } } },
      { name: 'Anime', weights: { episode: { hash: 1 } }, provider_modifiers: {} },
    ],
  ])('%j is taken as what it gives', (given, parsed) => {
    expect(parseFields(presetSchema, given)).toEqual(parsed);
  });

  test('of which only the name is given is the one that is here under that name', () => {
    expect(parseFields(presetSchema, { name: 'Anime' }).weights.episode).toMatchObject({ format_bonus: 80 });
  });

  test.each<[unknown, RegExp]>([
    [{ name: 'Mine' }, /^name "Mine" is no preset that is here \(Anime, TV, Movies\)/],
    [{ weights: {} }, /^name /],
    [{ name: 'x', weights: { both: {} } }, /^weights\.both is not a field/],
    [{ name: 'x', weights: { episode: { title: 1 } } }, /^weights\.episode\.title is no weight/],
    [{ name: 'x', provider_modifiers: { jimaku: 200 } }, /^provider_modifiers\.jimaku must be/],
    [{ name: 'x', modifiers: {}, weights: {} }, /^modifiers is not a field/],
  ])('%j is refused by the name of what is wrong', (given, problem) => {
    expect(problemsOf(() => parseFields(presetSchema, given))).toEqual([expect.stringMatching(problem)]);
  });
});

describe('a candidate', () => {
  test('is no ASS and of no provider unless it says so', () => {
    expect(parseFields(candidateSchema, { type: 'movie', matches: ['hash'] })).toEqual({
      type: 'movie',
      matches: ['hash'],
      is_ass: false,
      provider_name: null,
    });
  });

  test.each<[unknown, RegExp]>([
    [{ matches: [] }, /^type /],
    [{ type: 'anime', matches: [] }, /^type /],
    [{ type: 'movie' }, /^matches /],
    [{ type: 'movie', matches: 'hash' }, /^matches /],
    [{ type: 'movie', matches: Array.from({ length: matchesMax + 1 }, String) }, /^matches /],
    [{ type: 'movie', matches: [], is_ass: 'yes' }, /^is_ass /],
    [{ type: 'movie', matches: [], provider: 'x' }, /^provider is not a field/],
  ])('%j is refused by the name of what is wrong', (given, problem) => {
    expect(problemsOf(() => parseFields(candidateSchema, given))).toEqual([expect.stringMatching(problem)]);
  });
});
