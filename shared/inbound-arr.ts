import * as z from 'zod';
import { parseFields } from './parse-request.ts';
import type { SourceKind } from './source.ts';

/** Sonarr and Radarr, whose webhooks are of one make. */
export type ArrKind = Exclude<SourceKind, 'sublarr'>;

/** What a webhook of Sonarr or Radarr comes to: their test, or the data of a `webhook_received`. */
export type ArrWebhook =
  | { readonly kind: 'test' }
  | { readonly kind: 'received'; readonly data: Readonly<Record<string, unknown>> };

// Only `eventType` is in every payload. What has another shape than expected counts as not sent: a new version of
// the sender must not lose its events here.
const titled = z.looseObject({ title: z.string() }).optional().catch(undefined);
const numbered = z
  .array(z.looseObject({ seasonNumber: z.int(), episodeNumber: z.int() }))
  .optional()
  .catch(undefined);

const arrSchema = z.looseObject({
  eventType: z.string().min(1),
  series: titled,
  movie: titled,
  remoteMovie: titled,
  episodes: numbered,
});

/**
 * Reads a webhook of Sonarr or Radarr. A file of several episodes goes by its first; what does not apply (the season
 * of a movie, the title of a health issue) is null. Throws `ApiError` 422 when it is none of theirs.
 */
export function readArrWebhook(source: ArrKind, body: unknown): ArrWebhook {
  const payload = parseFields(z.record(z.string(), z.unknown()), body);
  const { eventType, series, movie, remoteMovie, episodes } = parseFields(arrSchema, payload);
  if (eventType === 'Test') return { kind: 'test' };
  const episode = episodes?.[0];
  return {
    kind: 'received',
    data: {
      source,
      event_type: eventType,
      title: (series ?? movie ?? remoteMovie)?.title ?? null,
      season: episode?.seasonNumber ?? null,
      episode: episode?.episodeNumber ?? null,
      payload,
    },
  };
}
