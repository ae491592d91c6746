import * as z from 'zod';
import { candidateSchema, modifiersSchema, presetSchema, weightsSchema } from '../scoring-fields.ts';
import { scoreTypes } from '../scoring.ts';
import type { Operation } from './operation.ts';

const pointsSchema = z.record(z.string(), z.int());
const bothSchema = z.object({ episode: pointsSchema, movie: pointsSchema });
const givenSchema = bothSchema.partial();

export const weightsAnswerSchema = bothSchema.extend({ defaults: bothSchema });

const presetHeadSchema = z.object({
  name: z.string(),
  description: z.string(),
  type: z.enum([...scoreTypes, 'both']),
});
export const presetsSchema = z.array(presetHeadSchema);
export const presetAnswerSchema = presetHeadSchema.extend({
  weights: givenSchema,
  provider_modifiers: pointsSchema,
});
export const presetImportedSchema = z.object({
  status: z.literal('ok'),
  preset: z.string(),
  applied: z.object({ weights: givenSchema, provider_modifiers: pointsSchema }),
});
export const modifiersAnswerSchema = pointsSchema;

export const scoredSchema = z.object({
  type: z.enum(scoreTypes),
  provider_name: z.string().nullable(),
  /** The sum of all parts. */
  score: z.int(),
  parts: z.object({ matches: pointsSchema, format_bonus: z.int(), provider_modifier: z.int() }),
  /** Matches that no weight of this type is for. */
  unknown_matches: z.array(z.string()),
});

const tag = 'Scoring';
const path = '/api/v1/scoring';
const ifNoneMatch = { 'If-None-Match': 'The `ETag` of the copy at hand: 304 when it is still the same.' };
const ifMatch = { 'If-Match': 'The `ETag` of what is to be changed: 412 when it is no longer the same.' };

export const scoringOperations: readonly Operation[] = [
  {
    id: 'getScoringWeights',
    tag,
    summary: 'Shows the weights and their defaults',
    method: 'GET',
    path: `${path}/weights`,
    scope: 'read',
    headers: ifNoneMatch,
    answers: { 200: weightsAnswerSchema, 304: 'none' },
  },
  {
    id: 'setScoringWeights',
    tag,
    summary: 'Changes the weights that the body names',
    method: 'PUT',
    path: `${path}/weights`,
    scope: 'manage',
    headers: ifMatch,
    body: { json: weightsSchema },
    answers: { 200: weightsAnswerSchema },
  },
  {
    id: 'resetScoringWeights',
    tag,
    summary: 'Sets all weights back to their defaults',
    method: 'DELETE',
    path: `${path}/weights`,
    scope: 'manage',
    headers: ifMatch,
    answers: { 204: 'none' },
  },
  {
    id: 'getProviderModifiers',
    tag,
    summary: 'Shows what each provider gains or loses',
    method: 'GET',
    path: `${path}/modifiers`,
    scope: 'read',
    headers: ifNoneMatch,
    answers: { 200: modifiersAnswerSchema, 304: 'none' },
  },
  {
    id: 'setProviderModifiers',
    tag,
    summary: 'Changes the modifiers of the providers that the body names',
    method: 'PUT',
    path: `${path}/modifiers`,
    scope: 'manage',
    headers: ifMatch,
    body: { json: modifiersSchema },
    answers: { 200: modifiersAnswerSchema },
  },
  {
    id: 'removeProviderModifier',
    tag,
    summary: 'Removes the modifier of a provider',
    method: 'DELETE',
    path: `${path}/modifiers/{provider}`,
    scope: 'manage',
    headers: { 'If-Match': 'The `ETag` of all modifiers: 412 when they are no longer the same.' },
    answers: { 204: 'none' },
  },
  {
    id: 'listScoringPresets',
    tag,
    summary: 'Lists presets',
    method: 'GET',
    path: `${path}/presets`,
    scope: 'read',
    headers: ifNoneMatch,
    answers: { 200: presetsSchema, 304: 'none' },
  },
  {
    id: 'getScoringPreset',
    tag,
    summary: 'Shows a preset',
    method: 'GET',
    path: `${path}/presets/{name}`,
    scope: 'read',
    headers: ifNoneMatch,
    answers: { 200: presetAnswerSchema, 304: 'none' },
  },
  {
    id: 'importScoringPreset',
    tag,
    summary: 'Applies a preset: one of the list by its name, or one of your own',
    method: 'POST',
    path: `${path}/presets/import`,
    scope: 'manage',
    body: { json: presetSchema },
    answers: { 200: presetImportedSchema },
  },
  {
    id: 'score',
    tag,
    summary: 'Scores a subtitle',
    method: 'POST',
    path: `${path}/score`,
    scope: 'read',
    body: { json: candidateSchema },
    answers: { 200: scoredSchema },
  },
];
