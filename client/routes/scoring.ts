import type {
  Candidate,
  ImportPreset,
  Preset,
  PresetHead,
  PresetImported,
  ProviderModifiers,
  Scored,
  ScoringWeights,
  SetWeights,
} from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';

const weights = '/api/v1/scoring/weights';
const modifiers = '/api/v1/scoring/modifiers';
const presets = '/api/v1/scoring/presets';

/** How subtitles are scored. */
export const createScoringRoutes = (call: CallRoute) => ({
  getWeights: (options?: CallOptions) => call<ScoringWeights>({ method: 'GET', path: weights }, options),

  /** Changes the weights that are given. */
  setWeights: (fields: SetWeights, options?: CallOptions) =>
    call<ScoringWeights>({ method: 'PUT', path: weights, json: fields }, options),

  resetWeights: (options?: CallOptions) => call<void>({ method: 'DELETE', path: weights }, options),

  getModifiers: (options?: CallOptions) =>
    call<ProviderModifiers>({ method: 'GET', path: modifiers }, options),

  /** Changes the modifiers of the providers that are given. */
  setModifiers: (fields: ProviderModifiers, options?: CallOptions) =>
    call<ProviderModifiers>({ method: 'PUT', path: modifiers, json: fields }, options),

  removeModifier: (provider: string, options?: CallOptions) =>
    call<void>({ method: 'DELETE', path: pathOf`/api/v1/scoring/modifiers/${provider}` }, options),

  listPresets: (options?: CallOptions) =>
    call<readonly PresetHead[]>({ method: 'GET', path: presets }, options),

  getPreset: (name: string, options?: CallOptions) =>
    call<Preset>({ method: 'GET', path: pathOf`/api/v1/scoring/presets/${name}` }, options),

  /** Applies a preset: one of the list by its name, or one of your own. */
  importPreset: (fields: ImportPreset, options?: CallOptions) =>
    call<PresetImported>(
      { method: 'POST', path: '/api/v1/scoring/presets/import', json: fields, isRepeatable: true },
      options,
    ),

  score: (candidate: Candidate, options?: CallOptions) =>
    call<Scored>(
      { method: 'POST', path: '/api/v1/scoring/score', json: candidate, isRepeatable: true },
      options,
    ),
});
