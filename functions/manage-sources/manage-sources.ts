import type { SealSecret } from '../../shared/aws/seal.ts';
import type { Sources } from '../../shared/aws/source-table.ts';
import { isSourceId } from '../../shared/ids.ts';
import type { SourceId } from '../../shared/ids.ts';
import { nextCursor, pageQuerySchema, readCursor } from '../../shared/list-query.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { generateSecret } from '../../shared/signature.ts';
import { createSourceSchema } from '../../shared/source-fields.ts';
import { sourceIsMissing, viewSource } from '../../shared/source.ts';
import type { Source } from '../../shared/source.ts';

interface Dependencies {
  readonly sources: Sources;
  readonly sealSecret: SealSecret;
  readonly createId: (nowMs: number) => SourceId;
  readonly now: () => number;
}

/** The routes that create, read and delete sources. */
export function createManageSources({ sources, sealSecret, createId, now }: Dependencies) {
  return {
    async create({ tenant, origin, body }: HttpRequest): Promise<HttpAnswer> {
      const { kind, name, username, secret } = parseFields(createSourceSchema, parseJson(body));
      const id = createId(now());
      // Nothing but its signature tells a Sublarr from a stranger who has seen the URL.
      const kept = secret ?? (kind === 'sublarr' ? generateSecret() : undefined);
      const source: Source = {
        id,
        tenant,
        name: name ?? kind,
        kind,
        username: username ?? undefined,
        sealed_secret: kept === undefined ? undefined : await sealSecret(id, kept),
        created_at: new Date(now()).toISOString(),
      };
      await sources.add(source);
      return {
        status: 201,
        body: viewSource(source, origin, kept),
        headers: { location: `/api/v1/sources/${id}` },
      };
    },

    async list({ tenant, origin, query }: HttpRequest): Promise<HttpAnswer> {
      const { limit, cursor } = parseFields(pageQuerySchema, query);
      const page = await sources.listPage(tenant, { limit, afterId: readCursor(cursor) });
      return {
        status: 200,
        body: {
          sources: page.items.map((source) => viewSource(source, origin)),
          next_cursor: nextCursor(page),
        },
      };
    },

    async get({ tenant, origin, params }: HttpRequest): Promise<HttpAnswer> {
      const id = params['id'] ?? '';
      const source = isSourceId(id) ? await sources.get(tenant, id) : undefined;
      if (source === undefined) throw sourceIsMissing();
      return { status: 200, body: viewSource(source, origin) };
    },

    async remove({ tenant, params }: HttpRequest): Promise<HttpAnswer> {
      const id = params['id'] ?? '';
      if (!isSourceId(id) || !(await sources.remove(tenant, id))) throw sourceIsMissing();
      return { status: 204 };
    },
  };
}
