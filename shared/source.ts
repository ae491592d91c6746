import * as z from 'zod';
import { ApiError } from './api-error.ts';
import { isSourceId } from './ids.ts';
import type { SourceId } from './ids.ts';
import { secretMask } from './webhook.ts';

/** The programs whose webhooks are understood. */
export const sourceKinds = ['sonarr', 'radarr', 'sublarr'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** Where each kind sends to. */
export const inboundPaths = {
  sonarr: '/api/v1/webhook/sonarr',
  radarr: '/api/v1/webhook/radarr',
  sublarr: '/api/v1/inbound/sublarr',
} as const satisfies Readonly<Record<SourceKind, string>>;

/**
 * The query parameter that names the source. Not a part of the path: the gateway's access log tells the path and no
 * query, and Sonarr and Radarr remove the value of an `id` from their own logs.
 */
export const sourceParameter = 'id';

const sourceIdSchema = z.custom<SourceId>((id) => typeof id === 'string' && isSourceId(id));

/** A source as it is stored. */
export const sourceSchema = z.object({
  id: sourceIdSchema,
  tenant: z.string(),
  name: z.string(),
  kind: z.enum(sourceKinds),
  /** The user name of its basic authentication; absent when any will do. */
  username: z.string().optional(),
  /**
   * What signs its bodies (Sublarr) or the password of its basic authentication (Sonarr, Radarr), encrypted under the
   * KMS key and bound to this id; absent when the id alone lets it in.
   */
  sealed_secret: z.string().optional(),
  created_at: z.string(),
});
export type Source = z.infer<typeof sourceSchema>;

/** The URL to paste into the sender. Whoever knows it may send, where the source has no secret. */
export const inboundUrl = (origin: string, { kind, id }: Pick<Source, 'kind' | 'id'>): string =>
  `${origin}${inboundPaths[kind]}?${sourceParameter}=${id}`;

/** A source as the API answers it: `secret` is the mask unless this answer is the one that shows it. */
export function viewSource(source: Source, origin: string, secret: string = secretMask) {
  const { id, name, kind, username, sealed_secret: sealed, created_at } = source;
  return {
    id,
    name,
    kind,
    url: inboundUrl(origin, source),
    username: username ?? null,
    secret: sealed === undefined ? null : secret,
    created_at,
  };
}

export const sourceIsMissing = (): ApiError =>
  new ApiError('not_found', 'There is no such source. GET /api/v1/sources lists those that exist.');
