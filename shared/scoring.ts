/** What is looked for: it decides which weights apply. */
export const scoreTypes = ['episode', 'movie'] as const;
export type ScoreType = (typeof scoreTypes)[number];

/** Points by name: of a weight or of a provider. */
export type Points = Readonly<Record<string, number>>;

export const defaultWeights = {
  episode: {
    hash: 359,
    series: 180,
    year: 90,
    season: 30,
    episode: 30,
    release_group: 14,
    source: 7,
    audio_codec: 3,
    resolution: 2,
    hearing_impaired: 1,
    format_bonus: 50,
  },
  movie: {
    hash: 119,
    title: 60,
    year: 30,
    release_group: 13,
    source: 7,
    audio_codec: 3,
    resolution: 2,
    hearing_impaired: 1,
    format_bonus: 50,
  },
} as const satisfies Readonly<Record<ScoreType, Points>>;

/** Weights of either type, or of both. */
export type GivenWeights = { readonly [Type in ScoreType]?: Points | undefined };

/** What a tenant set; everything else is as by default. */
export interface ScoringOverrides {
  readonly weights: Readonly<Record<ScoreType, Points>>;
  readonly provider_modifiers: Points;
}

/** Names come from callers and may be those of Object.prototype. */
const pointsOf = (points: Points, name: string): number | undefined =>
  Object.hasOwn(points, name) ? points[name] : undefined;

/** The weights that apply to a type: the defaults with what the tenant set. */
export const weightsFor = (type: ScoreType, overrides: ScoringOverrides): Points =>
  Object.fromEntries(
    Object.entries<number>(defaultWeights[type]).map(([name, points]) => [
      name,
      pointsOf(overrides.weights[type], name) ?? points,
    ]),
  );

/** A subtitle that a provider offers, as far as its score depends on it. */
export interface Candidate {
  readonly type: ScoreType;
  /** What it has in common with the video; a name that comes twice counts once. */
  readonly matches: readonly string[];
  readonly is_ass: boolean;
  readonly provider_name: string | null;
}

export interface Score {
  /** The sum of all parts. */
  readonly score: number;
  readonly parts: {
    readonly matches: Points;
    readonly format_bonus: number;
    readonly provider_modifier: number;
  };
  /** Matches that no weight of this type is for: they count nothing. */
  readonly unknown_matches: readonly string[];
}

/** Scores a candidate: its matches' weights, a bonus for ASS, and what its provider gains or loses by itself. */
export function scoreCandidate(candidate: Candidate, overrides: ScoringOverrides): Score {
  const { format_bonus: formatBonus = 0, ...weights } = weightsFor(candidate.type, overrides);
  const names = [...new Set(candidate.matches)];
  const matches = names.filter((name) => Object.hasOwn(weights, name));
  const parts = {
    matches: Object.fromEntries(matches.map((name) => [name, weights[name] ?? 0])),
    format_bonus: candidate.is_ass ? formatBonus : 0,
    provider_modifier: pointsOf(overrides.provider_modifiers, candidate.provider_name ?? '') ?? 0,
  };
  const matched = Object.values(parts.matches).reduce((sum, points) => sum + points, 0);
  return {
    score: matched + parts.format_bonus + parts.provider_modifier,
    parts,
    unknown_matches: names.filter((name) => !Object.hasOwn(weights, name)),
  };
}
