import { expect, test } from 'vitest';
import { presetSchema } from './scoring-fields.ts';
import { noOverrides, setWeights } from './scoring-overrides.ts';
import { findPreset, scoringPresets } from './scoring-presets.ts';
import { defaultWeights, scoreTypes, weightsFor } from './scoring.ts';

test('there are three presets, and none under another name', () => {
  expect(scoringPresets.map(({ name, type }) => [name, type])).toEqual([
    ['Anime', 'episode'],
    ['TV', 'both'],
    ['Movies', 'movie'],
  ]);
  expect(findPreset('anime')).toBeUndefined();
});

test.each(scoringPresets)('$name says of each weight what it is, for the types that it is for', (preset) => {
  const types = scoreTypes.filter((type) => preset.type === 'both' || preset.type === type);
  expect(Object.keys(preset.weights)).toEqual(types);
  for (const type of types) {
    expect(Object.keys(preset.weights[type] ?? {})).toEqual(Object.keys(defaultWeights[type]));
  }
  expect(preset.description).not.toBe('');
});

test.each([
  ['Anime', 'episode', { release_group: 20, source: 5, audio_codec: 2, format_bonus: 80 }],
  ['TV', 'episode', {}],
  ['TV', 'movie', {}],
  ['Movies', 'movie', { release_group: 15 }],
] as const)('%s differs from the defaults of %s in %j', (name, type, difference) => {
  const preset = findPreset(name) ?? expect.fail();
  const applied = weightsFor(type, setWeights(preset.weights)(noOverrides));
  expect(applied).toEqual({ ...defaultWeights[type], ...difference });
});

test.each(scoringPresets)('$name can be imported as it is answered', (preset) => {
  const { name, weights, provider_modifiers } = preset;
  expect(presetSchema.parse(preset)).toEqual({ name, weights, provider_modifiers });
});
