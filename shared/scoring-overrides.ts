import * as z from 'zod';
import { ApiError } from './api-error.ts';
import { providerModifiersMax } from './limits.ts';
import type { GivenWeights, Points, ScoringOverrides } from './scoring.ts';

const pointsSchema = z.record(z.string(), z.int());

/** How a tenant's overrides are stored. `revision` grows with each write, so that none is lost to another. */
export const scoringRowSchema = z.object({
  weights: z
    .object({ episode: pointsSchema.default({}), movie: pointsSchema.default({}) })
    .default({ episode: {}, movie: {} }),
  provider_modifiers: pointsSchema.default({}),
  revision: z.int().default(0),
});
export type ScoringRow = z.infer<typeof scoringRowSchema>;

export const noOverrides: ScoringOverrides = { weights: { episode: {}, movie: {} }, provider_modifiers: {} };

/** Makes of the current overrides the next ones. Throws `ApiError` when it must not be done. */
export type ScoringChange = (overrides: ScoringOverrides) => ScoringOverrides;

/** Sets the given weights and leaves the others as they are. */
export const setWeights =
  (given: GivenWeights): ScoringChange =>
  ({ weights, ...rest }) => ({
    ...rest,
    weights: {
      episode: { ...weights.episode, ...given.episode },
      movie: { ...weights.movie, ...given.movie },
    },
  });

export const resetWeights: ScoringChange = (overrides) => ({ ...overrides, weights: noOverrides.weights });

/** Sets the modifiers of the given providers. Throws `ApiError` 422 when there would be too many. */
export const setModifiers =
  (given: Points): ScoringChange =>
  (overrides) => {
    const modifiers = { ...overrides.provider_modifiers, ...given };
    const count = Object.keys(modifiers).length;
    if (count > providerModifiersMax) {
      throw new ApiError(
        'unprocessable',
        `That would make ${count} provider modifiers; at most ${providerModifiersMax} are kept. Delete some first.`,
      );
    }
    return { ...overrides, provider_modifiers: modifiers };
  };

export const removeModifier =
  (provider: string): ScoringChange =>
  (overrides) => ({
    ...overrides,
    provider_modifiers: Object.fromEntries(
      Object.entries(overrides.provider_modifiers).filter(([name]) => name !== provider),
    ),
  });
