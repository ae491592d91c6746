import type { ScoreType } from './scoring.ts';

/** A `config_updated` event that names a key with one of these prefixes tells of a change of the scoring. */
export const scoringKeyPrefixes = ['scoring_', 'provider_modifier_'] as const;

/** The payload keys under which producers name what changed: ours, and the original's. */
export const changedKeysFields = ['changed_keys', 'updated_keys'] as const;

export const weightsKey = (type: ScoreType): string => `scoring_weights_${type}`;
export const modifierKey = (provider: string): string => `provider_modifier_${provider}`;
