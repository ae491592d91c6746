import { defaultWeights } from './scoring.ts';
import type { GivenWeights, Points, ScoreType } from './scoring.ts';

/** Weights made for one kind of library. */
export interface ScoringPreset {
  readonly name: string;
  readonly description: string;
  readonly type: ScoreType | 'both';
  readonly weights: GivenWeights;
  readonly provider_modifiers: Points;
}

/** What can be imported by its name alone. */
export const scoringPresets: readonly ScoringPreset[] = [
  {
    name: 'Anime',
    description: 'For anime: ASS subtitles and the right release group count for more, the source for less.',
    type: 'episode',
    weights: {
      episode: { ...defaultWeights.episode, release_group: 20, source: 5, audio_codec: 2, format_bonus: 80 },
    },
    provider_modifiers: {},
  },
  {
    name: 'TV',
    description: 'For live-action series: the defaults, written out, which undoes other presets.',
    type: 'both',
    weights: { episode: defaultWeights.episode, movie: defaultWeights.movie },
    provider_modifiers: {},
  },
  {
    name: 'Movies',
    description: 'For films: the right release group counts for a little more.',
    type: 'movie',
    weights: { movie: { ...defaultWeights.movie, release_group: 15 } },
    provider_modifiers: {},
  },
];

export const findPreset = (name: string): ScoringPreset | undefined =>
  scoringPresets.find((preset) => preset.name === name);
