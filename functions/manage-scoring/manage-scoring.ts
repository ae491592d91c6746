import { ApiError } from '../../shared/api-error.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import type { ScoringTable } from '../../shared/aws/scoring-table.ts';
import { createEvent } from '../../shared/event.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { ReadScoring } from '../../shared/read-scoring.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import {
  candidateSchema,
  modifiersSchema,
  presetSchema,
  weightsSchema,
} from '../../shared/scoring-fields.ts';
import { modifierKey, weightsKey } from '../../shared/scoring-keys.ts';
import { removeModifier, resetWeights, setModifiers, setWeights } from '../../shared/scoring-overrides.ts';
import type { ScoringChange } from '../../shared/scoring-overrides.ts';
import { findPreset, scoringPresets } from '../../shared/scoring-presets.ts';
import { defaultWeights, scoreCandidate, scoreTypes, weightsFor } from '../../shared/scoring.ts';
import type { GivenWeights, Points, ScoringOverrides } from '../../shared/scoring.ts';
import { answerTagged, requirePrecondition } from './answer-tagged.ts';

export interface ScoringDependencies {
  readonly readScoring: ReadScoring;
  readonly changeScoring: ScoringTable['change'];
  readonly publishEvents: PublishEvents;
  readonly createEventId: (nowMs: number) => string;
  readonly now: () => number;
}

const viewWeights = (overrides: ScoringOverrides) => ({
  episode: weightsFor('episode', overrides),
  movie: weightsFor('movie', overrides),
  defaults: defaultWeights,
});

/** By name: a map of the table comes in any order, and the same modifiers have one entity tag. */
const viewModifiers = ({ provider_modifiers }: ScoringOverrides): Points =>
  Object.fromEntries(Object.entries(provider_modifiers).sort(([one], [other]) => (one < other ? -1 : 1)));

const weightsKeys = (given: GivenWeights): string[] =>
  scoreTypes.filter((type) => Object.keys(given[type] ?? {}).length > 0).map(weightsKey);
const modifierKeys = (given: Points): string[] => Object.keys(given).map(modifierKey);

/** Makes a change only where the representation is what the request says it is. */
const guarded =
  (
    method: 'PUT' | 'DELETE',
    { headers }: HttpRequest,
    view: (overrides: ScoringOverrides) => unknown,
    change: ScoringChange,
  ): ScoringChange =>
  (overrides) => {
    requirePrecondition(method, headers, view(overrides));
    return change(overrides);
  };

/** The routes that read, change and apply the scoring. */
export function createManageScoring(dependencies: ScoringDependencies) {
  const { readScoring, changeScoring, publishEvents, createEventId, now } = dependencies;

  /**
   * Saves a change and tells of it. Every key that the request names counts as changed, whatever it was before: a
   * request that is sent again because it failed half-way must still tell.
   */
  const save = async (tenant: string, keys: readonly string[], change: ScoringChange) => {
    if (keys.length === 0) return change(await readScoring(tenant));
    const saved = await changeScoring(tenant, change);
    const data = { changed_keys: [...keys], source: 'scoring_api' };
    const event = createEvent({ id: createEventId(now()), tenant, eventName: 'config_updated', data }, now());
    const [rejected] = await publishEvents([event]);
    if (rejected === undefined) return saved;
    throw new ApiError(
      'unavailable',
      `The change is saved, but the event bus did not take config_updated (${rejected.reason}), so nobody hears of it. Send the request again.`,
    );
  };

  return {
    async getWeights({ tenant, headers }: HttpRequest): Promise<HttpAnswer> {
      return answerTagged(headers, viewWeights(await readScoring(tenant)));
    },

    async putWeights(request: HttpRequest): Promise<HttpAnswer> {
      const { episode, movie } = parseFields(weightsSchema, parseJson(request.body));
      const given = { episode, movie };
      const change = guarded('PUT', request, viewWeights, setWeights(given));
      return { status: 200, body: viewWeights(await save(request.tenant, weightsKeys(given), change)) };
    },

    async resetWeights(request: HttpRequest): Promise<HttpAnswer> {
      const change = guarded('DELETE', request, viewWeights, resetWeights);
      await save(request.tenant, scoreTypes.map(weightsKey), change);
      return { status: 204 };
    },

    async getModifiers({ tenant, headers }: HttpRequest): Promise<HttpAnswer> {
      return answerTagged(headers, viewModifiers(await readScoring(tenant)));
    },

    async putModifiers(request: HttpRequest): Promise<HttpAnswer> {
      const given = parseFields(modifiersSchema, parseJson(request.body));
      const change = guarded('PUT', request, viewModifiers, setModifiers(given));
      return { status: 200, body: viewModifiers(await save(request.tenant, modifierKeys(given), change)) };
    },

    /** 204 whether it was set or not: afterwards it is not. `If-Match` speaks of all modifiers, as a GET answers them. */
    async removeModifier(request: HttpRequest): Promise<HttpAnswer> {
      const provider = request.params['provider'] ?? '';
      const change = guarded('DELETE', request, viewModifiers, removeModifier(provider));
      await save(request.tenant, [modifierKey(provider)], change);
      return { status: 204 };
    },

    listPresets({ headers }: HttpRequest): HttpAnswer {
      return answerTagged(
        headers,
        scoringPresets.map(({ name, description, type }) => ({ name, description, type })),
      );
    },

    getPreset({ headers, params }: HttpRequest): HttpAnswer {
      const name = params['name'] ?? '';
      const preset = findPreset(name);
      if (preset !== undefined) return answerTagged(headers, preset);
      const known = scoringPresets.map((each) => each.name).join(', ');
      throw new ApiError('not_found', `There is no preset "${name}". There are: ${known}.`);
    },

    async importPreset({ tenant, body }: HttpRequest): Promise<HttpAnswer> {
      const { name, weights, provider_modifiers } = parseFields(presetSchema, parseJson(body));
      const keys = [...weightsKeys(weights), ...modifierKeys(provider_modifiers)];
      await save(tenant, keys, (overrides) =>
        setModifiers(provider_modifiers)(setWeights(weights)(overrides)),
      );
      return { status: 200, body: { status: 'ok', preset: name, applied: { weights, provider_modifiers } } };
    },

    async score({ tenant, body }: HttpRequest): Promise<HttpAnswer> {
      const candidate = parseFields(candidateSchema, parseJson(body));
      const { type, provider_name } = candidate;
      const scored = scoreCandidate(candidate, await readScoring(tenant));
      return { status: 200, body: { type, provider_name, ...scored } };
    },
  };
}
