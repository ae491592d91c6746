import * as z from 'zod';
import { fitPayload } from './fit-payload.ts';
import { eventBytesMax } from './limits.ts';
import { parseFields } from './parse-request.ts';
import { requireShallow } from './require-shallow.ts';
import type { SourceKind } from './source.ts';

/** Sonarr and Radarr, whose webhooks are of one make. */
export type ArrKind = Exclude<SourceKind, 'sublarr'>;

/** What a webhook of Sonarr or Radarr comes to: their test, or the data of a `webhook_received`. */
export type ArrWebhook =
  | { readonly kind: 'test' }
  | {
      readonly kind: 'received';
      readonly data: Readonly<Record<string, unknown>>;
      /** Members of the payload that were too large. */
      readonly leftOut: readonly string[];
    };

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

/** What else is in the data beside the payload: the longest titles are far shorter. */
const ownBytes = 4096;

/**
 * Reads a webhook of Sonarr or Radarr. A file of several episodes goes by its first; what does not apply (the season
 * of a movie, the title of a health issue) is null. Members that make the payload too large for an event, as the files
 * of a long series that is renamed, are left out and named in `payload_left_out`. Throws `ApiError` 422 when it is none
 * of theirs.
 */
export function readArrWebhook(source: ArrKind, body: unknown): ArrWebhook {
  const payload = parseFields(z.record(z.string(), z.unknown()), body);
  const { eventType, series, movie, remoteMovie, episodes } = parseFields(arrSchema, payload);
  // Sonarr's own source announces that its event types will be written in lower case.
  if (eventType.toLowerCase() === 'test') return { kind: 'test' };
  requireShallow(payload);
  const fitted = fitPayload(payload, eventBytesMax - ownBytes);
  const episode = episodes?.[0];
  return {
    kind: 'received',
    data: {
      source,
      event_type: eventType,
      title: (series ?? movie ?? remoteMovie)?.title ?? null,
      season: episode?.seasonNumber ?? null,
      episode: episode?.episodeNumber ?? null,
      payload: fitted.payload,
      ...(fitted.leftOut.length === 0 ? {} : { payload_left_out: fitted.leftOut }),
    },
    leftOut: fitted.leftOut,
  };
}
