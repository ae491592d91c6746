import * as z from 'zod';
import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ScriptBodies } from '../../shared/aws/script-table.ts';
import { scriptNameSchema } from '../../shared/hook.ts';
import type { Hook, Script } from '../../shared/hook.ts';
import { nextCursor, pageQuerySchema, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { readScript } from './read-script.ts';

interface Dependencies {
  readonly scripts: ConfigRows<Script>;
  readonly bodies: ScriptBodies;
  readonly hooks: Pick<ConfigRows<Hook>, 'listAll'>;
  readonly now: () => number;
}

/** Routes without query parameters. */
export const noQuerySchema = z.strictObject({});

const pathSchema = z.object({ name: scriptNameSchema });

const viewScript = ({ tenant: _tenant, ...shown }: Script) => shown;

const scriptIsMissing = (name: string): ApiError =>
  new ApiError(
    'not_found',
    `There is no script "${name}". GET /api/v1/scripts lists those that exist; PUT /api/v1/scripts/{name} uploads one.`,
  );

/** The routes that upload, read and delete scripts. */
export function createManageScripts({ scripts, bodies, hooks, now }: Dependencies) {
  const requireScript = async ({ tenant, params }: HttpRequest): Promise<Script> => {
    const name = params['name'] ?? '';
    const script = scriptNameSchema.safeParse(name).success ? await scripts.get(tenant, name) : undefined;
    if (script === undefined) throw scriptIsMissing(name);
    return script;
  };

  /** Drops content that no script and no hook refers to any more; equal content is stored once for all of them. */
  const dropUnused = async (tenant: string, sha256: string): Promise<void> => {
    const [otherHooks, otherScripts] = await Promise.all([hooks.listAll(tenant), scripts.listAll(tenant)]);
    const isUsed =
      otherHooks.some(({ script_sha256 }) => script_sha256 === sha256) ||
      otherScripts.some((script) => script.sha256 === sha256);
    if (!isUsed) await bodies.remove(tenant, sha256);
  };

  return {
    async put({ tenant, params, query, body }: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, query);
      const { name } = parseFields(pathSchema, params);
      const text = readScript(body);
      const known = await scripts.get(tenant, name);
      // Before the name points at it: a hook that is pinned meanwhile finds it there.
      await bodies.put(tenant, text.sha256, text.body);
      if (known?.sha256 === text.sha256) return { status: 200, body: viewScript(known) };
      const at = new Date(now()).toISOString();
      const script: Script = {
        tenant,
        name,
        sha256: text.sha256,
        size: text.size,
        created_at: known?.created_at ?? at,
        updated_at: at,
      };
      await scripts.put(tenant, name, script);
      if (known === undefined) {
        return { status: 201, body: viewScript(script), headers: { location: `/api/v1/scripts/${name}` } };
      }
      await dropUnused(tenant, known.sha256);
      return { status: 200, body: viewScript(script) };
    },

    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const { limit, cursor } = parseFields(pageQuerySchema, query);
      const page = await scripts.listPage(tenant, { limit, afterId: readCursor(cursor) });
      return {
        status: 200,
        body: { scripts: page.items.map(viewScript), next_cursor: nextCursor(page) },
      };
    },

    async get(request: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, request.query);
      const script = await requireScript(request);
      const body = await bodies.get(request.tenant, script.sha256);
      if (body === undefined) {
        throw new ApiError(
          'not_found',
          `The content of script "${script.name}" is gone. Upload it again with PUT /api/v1/scripts/${script.name}.`,
        );
      }
      return {
        status: 200,
        text: body,
        headers: { etag: `"${script.sha256}"`, 'x-content-sha256': script.sha256 },
      };
    },

    async listVersions(request: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, request.query);
      const { name, sha256: current } = await requireScript(request);
      const users = (await hooks.listAll(request.tenant)).filter((hook) => hook.script === name);
      const usersOf = Map.groupBy(users, ({ script_sha256 }) => script_sha256);
      const versions = [...new Set([current, ...usersOf.keys()])].map((sha256) => ({
        sha256,
        is_current: sha256 === current,
        hooks: (usersOf.get(sha256) ?? []).map((hook) => ({ id: hook.id, name: hook.name })),
      }));
      return { status: 200, body: { name, versions } };
    },

    async remove(request: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, request.query);
      const { name, sha256 } = await requireScript(request);
      const users = (await hooks.listAll(request.tenant)).filter((hook) => hook.script === name);
      if (users.length > 0) {
        const named = users.map((hook) => `${hook.id} (${hook.name})`).join(', ');
        throw new ApiError(
          'conflict',
          `Script "${name}" is used by ${users.length === 1 ? 'hook' : 'hooks'} ${named}. Delete them, or give them another script, first.`,
          users.map((hook) => ({ field: hook.id, message: `runs the script "${name}"` })),
        );
      }
      if (!(await scripts.remove(request.tenant, name))) throw scriptIsMissing(name);
      await dropUnused(request.tenant, sha256);
      return { status: 204 };
    },
  };
}
