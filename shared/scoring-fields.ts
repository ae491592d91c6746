import * as z from 'zod';
import { matchesMax, modifierMagnitudeMax, weightMagnitudeMax } from './limits.ts';
import { findPreset, scoringPresets } from './scoring-presets.ts';
import { defaultWeights, scoreTypes } from './scoring.ts';
import type { ScoreType } from './scoring.ts';

/** Whole points by name, each from `-magnitude` to `magnitude`. `findProblem` says what is wrong with a name. */
function pointsSchema(magnitude: number, findProblem: (name: string) => string | undefined) {
  const error = `must be a whole number from -${magnitude} to ${magnitude}`;
  const points = z.int({ error }).min(-magnitude, { error }).max(magnitude, { error });
  return z.record(z.string(), points).superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      const message = findProblem(name);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
    }
  });
}

const weightsFieldOf = (type: ScoreType) => {
  const known = Object.keys(defaultWeights[type]);
  return pointsSchema(weightMagnitudeMax, (name) =>
    known.includes(name) ? undefined : `is no weight of ${type}; there are ${known.join(', ')}`,
  ).optional();
};

const weightFields = { episode: weightsFieldOf('episode'), movie: weightsFieldOf('movie') };

/** `PUT /api/v1/scoring/weights`: what is left out stays as it is; the answer's `defaults` may come back. */
export const weightsSchema = z.strictObject({ ...weightFields, defaults: z.unknown().optional() });

/** A provider is a segment of a path, and part of a key of `config_updated`. */
export const providerPattern = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;

/** `PUT /api/v1/scoring/modifiers`: providers that are left out keep theirs. */
export const modifiersSchema = pointsSchema(modifierMagnitudeMax, (name) =>
  providerPattern.test(name)
    ? undefined
    : 'is no provider: use 1 to 64 letters, digits, spaces, ".", "_" or "-", and begin with a letter or digit',
);

const importSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  description: z.string().max(1000).optional(),
  type: z.enum([...scoreTypes, 'both']).optional(),
  weights: z.strictObject(weightFields).optional(),
  provider_modifiers: modifiersSchema.optional(),
});

const knownPresets = scoringPresets.map(({ name }) => name).join(', ');

/** `POST /api/v1/scoring/presets/import`: a preset of one's own, or the name of one that is here already. */
export const presetSchema = importSchema.transform(({ name, weights, provider_modifiers }, context) => {
  if (weights !== undefined || provider_modifiers !== undefined) {
    return { name, weights: weights ?? {}, provider_modifiers: provider_modifiers ?? {} };
  }
  const known = findPreset(name);
  if (known !== undefined) {
    return { name, weights: known.weights, provider_modifiers: known.provider_modifiers };
  }
  const message = `"${name}" is no preset that is here (${knownPresets}): give its weights or provider_modifiers`;
  context.addIssue({ code: 'custom', path: ['name'], message });
  return z.NEVER;
});

/** `POST /api/v1/scoring/score` */
export const candidateSchema = z.strictObject({
  type: z.enum(scoreTypes),
  matches: z.array(z.string().max(64)).max(matchesMax),
  is_ass: z.boolean().default(false),
  provider_name: z.string().max(64).nullable().default(null),
});
