/** What a payload key of a catalog event holds. */
export type PayloadType = 'string' | 'integer' | 'number' | 'boolean' | 'string[]';

interface CatalogEntry {
  readonly label: string;
  readonly description: string;
  readonly payload: Readonly<Record<string, PayloadType>>;
  readonly sample: Readonly<Record<string, unknown>>;
}

export const catalogVersion = 1;
/** The `source` of every event on the bus. */
export const eventSource = 'sublarr.events';

export const catalog = {
  subtitle_downloaded: {
    label: 'Subtitle downloaded',
    description: 'A subtitle was found at a provider and saved beside its video.',
    payload: {
      provider_name: 'string',
      language: 'string',
      format: 'string',
      score: 'integer',
      series_title: 'string',
      season: 'integer',
      episode: 'integer',
      movie_title: 'string',
    },
    sample: {
      provider_name: 'opensubtitles',
      language: 'de',
      format: 'ass',
      score: 409,
      series_title: 'Frieren: Beyond Journey’s End',
      season: 1,
      episode: 4,
    },
  },
  translation_complete: {
    label: 'Translation complete',
    description: 'A subtitle was translated into the target language.',
    payload: {
      job_id: 'string',
      source_language: 'string',
      target_language: 'string',
      backend_name: 'string',
      duration_ms: 'number',
      series_title: 'string',
      movie_title: 'string',
    },
    sample: {
      job_id: 'b7f0c1de',
      source_language: 'en',
      target_language: 'de',
      backend_name: 'ollama',
      duration_ms: 48_210.5,
      movie_title: 'Spirited Away',
    },
  },
  translation_failed: {
    label: 'Translation failed',
    description: 'A translation job ended with an error.',
    payload: {
      job_id: 'string',
      source_language: 'string',
      target_language: 'string',
      backend_name: 'string',
      error: 'string',
      series_title: 'string',
      movie_title: 'string',
    },
    sample: {
      job_id: 'b7f0c1df',
      source_language: 'en',
      target_language: 'de',
      backend_name: 'deepl',
      error: 'Quota exceeded',
      series_title: 'Mushishi',
    },
  },
  provider_search_complete: {
    label: 'Provider search complete',
    description: 'A provider answered a search.',
    payload: {
      provider_name: 'string',
      result_count: 'integer',
      best_score: 'integer',
      series_title: 'string',
      season: 'integer',
      episode: 'integer',
      movie_title: 'string',
    },
    sample: {
      provider_name: 'jimaku',
      result_count: 12,
      best_score: 394,
      series_title: 'Mushishi',
      season: 1,
      episode: 7,
    },
  },
  provider_failed: {
    label: 'Provider failed',
    description: 'A provider could not be searched.',
    payload: {
      provider_name: 'string',
      error: 'string',
      error_type: 'string',
      series_title: 'string',
      movie_title: 'string',
    },
    sample: {
      provider_name: 'subdl',
      error: 'HTTP 503 from api.subdl.com',
      error_type: 'ProviderUnavailable',
      movie_title: 'Paprika',
    },
  },
  wanted_scan_complete: {
    label: 'Wanted scan complete',
    description: 'The library was scanned for missing subtitles.',
    payload: {
      total_items: 'integer',
      new_items: 'integer',
      removed_items: 'integer',
      duration_ms: 'number',
    },
    sample: { total_items: 1284, new_items: 17, removed_items: 3, duration_ms: 9_314 },
  },
  wanted_item_processed: {
    label: 'Wanted item processed',
    description: 'One missing subtitle was searched for.',
    payload: {
      item_id: 'integer',
      title: 'string',
      season_episode: 'string',
      status: 'string',
      provider_name: 'string',
      score: 'integer',
    },
    sample: {
      item_id: 5120,
      title: 'Mushishi',
      season_episode: 'S01E07',
      status: 'found',
      provider_name: 'jimaku',
      score: 394,
    },
  },
  upgrade_complete: {
    label: 'Upgrade complete',
    description: 'A subtitle was replaced by a better one.',
    payload: {
      title: 'string',
      old_format: 'string',
      new_format: 'string',
      old_score: 'integer',
      new_score: 'integer',
      provider_name: 'string',
    },
    sample: {
      title: 'Mushishi S01E07',
      old_format: 'srt',
      new_format: 'ass',
      old_score: 310,
      new_score: 444,
      provider_name: 'jimaku',
    },
  },
  batch_complete: {
    label: 'Batch complete',
    description: 'A batch of jobs ended.',
    payload: {
      total: 'integer',
      succeeded: 'integer',
      failed: 'integer',
      skipped: 'integer',
      duration_ms: 'number',
    },
    sample: { total: 24, succeeded: 21, failed: 1, skipped: 2, duration_ms: 183_400 },
  },
  webhook_received: {
    label: 'Webhook received',
    description: 'Sonarr, Radarr or another producer sent a webhook.',
    payload: {
      source: 'string',
      event_type: 'string',
      title: 'string',
      season: 'integer',
      episode: 'integer',
    },
    sample: { source: 'sonarr', event_type: 'Download', title: 'Mushishi', season: 1, episode: 7 },
  },
  config_updated: {
    label: 'Configuration updated',
    description: 'Settings were changed.',
    payload: { changed_keys: 'string[]', source: 'string' },
    sample: { changed_keys: ['scoring_weights_episode'], source: 'settings_page' },
  },
  whisper_complete: {
    label: 'Transcription complete',
    description: 'Whisper transcribed the audio of a video.',
    payload: {
      job_id: 'string',
      backend_name: 'string',
      detected_language: 'string',
      segment_count: 'integer',
      duration_seconds: 'number',
      processing_time_ms: 'number',
    },
    sample: {
      job_id: 'w-0192',
      backend_name: 'faster_whisper',
      detected_language: 'ja',
      segment_count: 388,
      duration_seconds: 1_421.6,
      processing_time_ms: 212_904,
    },
  },
  whisper_failed: {
    label: 'Transcription failed',
    description: 'Whisper could not transcribe the audio of a video.',
    payload: { job_id: 'string', backend_name: 'string', error: 'string' },
    sample: { job_id: 'w-0193', backend_name: 'faster_whisper', error: 'Out of GPU memory' },
  },
  hook_executed: {
    label: 'Hook executed',
    description: 'A webhook delivery or a hook run finished. Reaches live viewers only.',
    payload: {
      hook_id: 'string',
      webhook_id: 'string',
      hook_type: 'string',
      event_name: 'string',
      success: 'boolean',
      duration_ms: 'number',
    },
    sample: {
      webhook_id: 'wh_01JD5WZ7Q8R9S0T1V2X3Y4Z5A6',
      hook_type: 'webhook',
      event_name: 'subtitle_downloaded',
      success: true,
      duration_ms: 84,
    },
  },
  standalone_scan_complete: {
    label: 'Standalone scan complete',
    description: 'The watched folders were scanned.',
    payload: {
      folders_scanned: 'integer',
      files_found: 'integer',
      wanted_added: 'integer',
      duration_seconds: 'number',
    },
    sample: { folders_scanned: 4, files_found: 318, wanted_added: 9, duration_seconds: 12.4 },
  },
  standalone_file_detected: {
    label: 'Standalone file detected',
    description: 'A new video appeared in a watched folder.',
    payload: { path: 'string', type: 'string', wanted: 'boolean' },
    sample: { path: '/media/anime/Mushishi/Mushishi - S01E07.mkv', type: 'episode', wanted: true },
  },
} as const satisfies Readonly<Record<string, CatalogEntry>>;

export type EventName = keyof typeof catalog;

export const eventNames = Object.keys(catalog) as readonly EventName[] as readonly [
  EventName,
  ...EventName[],
];

/** Events about delivery itself. On the bus they reach live viewers only: anything else would feed on itself. */
export const metaEvents = ['hook_executed'] as const satisfies readonly EventName[];
export type MetaEventName = (typeof metaEvents)[number];

export const isEventName = (name: string): name is EventName => Object.hasOwn(catalog, name);

export const isMetaEvent = (name: EventName): name is MetaEventName =>
  (metaEvents as readonly EventName[]).includes(name);

/** The events a client may publish, and webhooks and hooks may subscribe to. */
export const publishableEventNames = eventNames.filter((name) => !isMetaEvent(name));

const fits: Readonly<Record<PayloadType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  // 1e999 is JSON, and would travel on as null.
  number: (value) => Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  'string[]': (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

/** A known payload key that holds the wrong type. */
export interface PayloadProblem {
  readonly key: string;
  readonly expected: PayloadType;
}

/**
 * The known keys of `data` whose values have the wrong type. Unknown keys pass, and so does null: producers
 * send it for what does not apply (`season` of a movie).
 */
export function findPayloadProblems(
  name: EventName,
  data: Readonly<Record<string, unknown>>,
): PayloadProblem[] {
  return Object.entries<PayloadType>(catalog[name].payload)
    .filter(([key, type]) => data[key] !== undefined && data[key] !== null && !fits[type](data[key]))
    .map(([key, expected]) => ({ key, expected }));
}
