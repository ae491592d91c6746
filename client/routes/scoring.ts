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
import { createReadTagged } from '../read-tagged.ts';
import type { ChangeOptions, Tagged } from '../read-tagged.ts';
import type { ApiRequest, CallOptions, SendRequest } from '../send-request.ts';

const weights = '/api/v1/scoring/weights';
const modifiers = '/api/v1/scoring/modifiers';
const presets = '/api/v1/scoring/presets';

/** A repetition of a change that was made would not match any more, and look like a change by somebody else. */
const guardedBy = (
  ifMatch: string | undefined,
): Pick<ApiRequest, 'headers'> & { readonly isRepeatable?: boolean } =>
  ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch }, isRepeatable: false };

/** How subtitles are scored. */
export const createScoringRoutes = (call: CallRoute, send: SendRequest) => {
  const readTagged = createReadTagged(send);
  return {
    getWeights: (options?: CallOptions) =>
      call<ScoringWeights>({ method: 'GET', path: weights, requires: ['episode', 'movie'] }, options),

    /** The weights with their entity tag; `known`, the very same object, when they are still the same. */
    refreshWeights: (known?: Tagged<ScoringWeights>, options?: CallOptions) =>
      readTagged(weights, known, options),

    /** Changes the weights that are given. */
    setWeights: (fields: SetWeights, { ifMatch, ...options }: ChangeOptions = {}) =>
      call<ScoringWeights>(
        {
          method: 'PUT',
          path: weights,
          json: fields,
          requires: ['episode', 'movie'],
          ...guardedBy(ifMatch),
        },
        options,
      ),

    resetWeights: ({ ifMatch, ...options }: ChangeOptions = {}) =>
      call<void>({ method: 'DELETE', path: weights, ...guardedBy(ifMatch) }, options),

    getModifiers: (options?: CallOptions) =>
      call<ProviderModifiers>({ method: 'GET', path: modifiers }, options),

    /** The modifiers with their entity tag; `known`, the very same object, when they are still the same. */
    refreshModifiers: (known?: Tagged<ProviderModifiers>, options?: CallOptions) =>
      readTagged(modifiers, known, options),

    /** Changes the modifiers of the providers that are given. */
    setModifiers: (fields: ProviderModifiers, { ifMatch, ...options }: ChangeOptions = {}) =>
      call<ProviderModifiers>(
        { method: 'PUT', path: modifiers, json: fields, ...guardedBy(ifMatch) },
        options,
      ),

    /** `ifMatch` speaks of all modifiers. */
    removeModifier: (provider: string, { ifMatch, ...options }: ChangeOptions = {}) =>
      call<void>(
        {
          method: 'DELETE',
          path: pathOf`/api/v1/scoring/modifiers/${provider}`,
          ...guardedBy(ifMatch),
        },
        options,
      ),

    listPresets: (options?: CallOptions) =>
      call<readonly PresetHead[]>({ method: 'GET', path: presets }, options),

    getPreset: (name: string, options?: CallOptions) =>
      call<Preset>(
        { method: 'GET', path: pathOf`/api/v1/scoring/presets/${name}`, requires: ['weights'] },
        options,
      ),

    /** Applies a preset: one of the list by its name, or one of your own. */
    importPreset: (fields: ImportPreset, options?: CallOptions) =>
      call<PresetImported>(
        {
          method: 'POST',
          path: '/api/v1/scoring/presets/import',
          json: fields,
          isRepeatable: true,
          requires: ['applied'],
        },
        options,
      ),

    score: (candidate: Candidate, options?: CallOptions) =>
      call<Scored>(
        {
          method: 'POST',
          path: '/api/v1/scoring/score',
          json: candidate,
          isRepeatable: true,
          requires: ['score', 'parts'],
        },
        options,
      ),
  };
};
