import type { CreateSource, Page, PageQuery, Source } from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';

const path = '/api/v1/sources';

/** The programs that may send their own webhooks here: Sonarr, Radarr, Sublarr. */
export const createSourceRoutes = (call: CallRoute) => ({
  list: (query: PageQuery = {}, options?: CallOptions) =>
    call<Page<'sources', Source>>({ method: 'GET', path, query, requires: ['sources'] }, options),

  /** The answer shows the secret, this once. */
  create: (fields: CreateSource, options?: CallOptions) =>
    call<Source>({ method: 'POST', path, json: fields, requires: ['id'] }, options),

  get: (id: string, options?: CallOptions) =>
    call<Source>({ method: 'GET', path: pathOf`/api/v1/sources/${id}`, requires: ['id'] }, options),

  delete: (id: string, options?: CallOptions) =>
    call<void>({ method: 'DELETE', path: pathOf`/api/v1/sources/${id}` }, options),
});
