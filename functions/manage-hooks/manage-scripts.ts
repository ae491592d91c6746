import * as z from 'zod';
import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ScriptBodies, ScriptRows } from '../../shared/aws/script-table.ts';
import { scriptQuerySchema } from '../../shared/hook-fields.ts';
import { scriptNameSchema } from '../../shared/hook.ts';
import type { Hook, Script } from '../../shared/hook.ts';
import { nextCursor, pageQuerySchema, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import {
  addVersion,
  keptVersions,
  scriptVersionsMax,
  showVersions,
  versionsOf,
} from '../../shared/script-history.ts';
import { describeKept } from './describe-kept.ts';
import { createDropContents } from './drop-contents.ts';
import { readScript } from './read-script.ts';
import type { ScriptText } from './read-script.ts';

interface Dependencies {
  readonly scripts: ScriptRows;
  readonly bodies: ScriptBodies;
  readonly hooks: Pick<ConfigRows<Hook>, 'listAll'>;
  readonly now: () => number;
}

/** Routes without query parameters. */
export const noQuerySchema = z.strictObject({});

const pathSchema = z.object({ name: scriptNameSchema });

const viewScript = ({ tenant: _tenant, versions: _versions, ...shown }: Script) => shown;

const scriptIsMissing = (name: string): ApiError =>
  new ApiError(
    'not_found',
    `There is no script "${name}". GET /api/v1/scripts lists those that exist; PUT /api/v1/scripts/{name} uploads one.`,
  );

const contentIsGone = (name: string): ApiError =>
  new ApiError(
    'not_found',
    `The content of script "${name}" is gone. Upload it again with PUT /api/v1/scripts/${name}.`,
  );

const scriptIsUsed = (name: string, users: readonly Hook[]): ApiError => {
  const named = users.map((hook) => `${hook.id} (${hook.name})`).join(', ');
  return new ApiError(
    'conflict',
    `Script "${name}" is used by ${users.length === 1 ? 'hook' : 'hooks'} ${named}. Delete them, or give them another script, first.`,
    users.map((hook) => ({ field: hook.id, message: `runs the script "${name}"` })),
  );
};

/** A script and what the upload of its content came to. */
interface Uploaded {
  readonly script: Script;
  readonly outcome: 'created' | 'changed' | 'unchanged';
}

/** The routes that upload, read and delete scripts. */
export function createManageScripts({ scripts, bodies, hooks, now }: Dependencies) {
  const { dropOldVersions, dropAll } = createDropContents({ scripts, bodies, hooks, now });

  const requireScript = async ({ tenant, params }: HttpRequest): Promise<Script> => {
    const name = params['name'] ?? '';
    const script = scriptNameSchema.safeParse(name).success ? await scripts.get(tenant, name) : undefined;
    if (script === undefined) throw scriptIsMissing(name);
    return script;
  };

  const usersOf = async ({ tenant, name }: Script): Promise<Hook[]> =>
    (await hooks.listAll(tenant)).filter((hook) => hook.script === name);

  /** Throws `ApiError` 409 when a script has as many versions as its row may hold, and hooks need them all. */
  const requireRoom = async (tenant: string, name: string, sha256: string): Promise<void> => {
    const script = await scripts.get(tenant, name);
    if (script === undefined) return;
    const known = versionsOf(script);
    if (known.length < scriptVersionsMax || known.some((version) => version.sha256 === sha256)) return;
    const pinned = (await usersOf(script)).map(({ script_sha256 }) => script_sha256);
    const { length } = keptVersions(script, new Set(pinned));
    if (length < scriptVersionsMax) return;
    throw new ApiError(
      'conflict',
      `Script "${name}" has ${length} versions that hooks are pinned to; at most ${scriptVersionsMax} are kept. Move some of the hooks first: GET /api/v1/scripts/${name}/versions lists them.`,
    );
  };

  /** Makes a stored content the current one of a script. */
  const write = async (tenant: string, name: string, text: ScriptText): Promise<Uploaded> => {
    const { sha256, size } = text;
    // Ends: what makes a try fail is another upload that did not.
    for (;;) {
      const known = await scripts.get(tenant, name);
      if (known === undefined) {
        const at = new Date(now()).toISOString();
        const versions = [{ sha256, size, created_at: at }];
        const script = { tenant, name, sha256, size, versions, created_at: at, updated_at: at };
        if (await scripts.create(script)) return { script, outcome: 'created' };
        continue;
      }
      if (known.sha256 === sha256) return { script: known, outcome: 'unchanged' };
      const { updated_at } = known;
      const script = await scripts.update(tenant, name, addVersion(known, text, now()), { updated_at });
      if (script !== undefined) return { script, outcome: 'changed' };
    }
  };

  const readVersion = async (script: Script, version: string): Promise<string> => {
    const { tenant, name } = script;
    const versions = showVersions(script, await hooks.listAll(tenant));
    const isKept = versions.some(({ sha256 }) => sha256 === version);
    const body = isKept ? await bodies.get(tenant, version) : undefined;
    if (body !== undefined) return body;
    throw new ApiError(
      'not_found',
      `No version ${version} of script "${name}" is kept; ${describeKept(versions)}.`,
    );
  };

  const readCurrent = async ({ tenant, name, sha256 }: Script): Promise<string> => {
    const body = await bodies.get(tenant, sha256);
    if (body === undefined) throw contentIsGone(name);
    return body;
  };

  /**
   * Deletes the row of a script that no hook uses. Throws `ApiError` 404 or 409. A hook that is pinned to it at this very
   * moment keeps its content, without a name to find it by until that is uploaded again.
   */
  const removeRow = async (request: HttpRequest): Promise<Script> => {
    // Ends: what makes a try fail is an upload or a deletion that did not.
    for (;;) {
      const script = await requireScript(request);
      const users = await usersOf(script);
      if (users.length > 0) throw scriptIsUsed(script.name, users);
      if (await scripts.remove(script)) return script;
    }
  };

  return {
    async put({ tenant, requestId, params, query, body }: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, query);
      const { name } = parseFields(pathSchema, params);
      const text = readScript(body);
      await requireRoom(tenant, name, text.sha256);
      // Before the name points at it: a hook that is pinned meanwhile finds it there.
      await bodies.put(tenant, text.sha256, text.body, { id: requestId, nowMs: now() });
      const { script, outcome } = await write(tenant, name, text);
      await bodies.release(tenant, text.sha256, requestId);
      await dropOldVersions(script);
      const shown = viewScript(script);
      return outcome === 'created'
        ? { status: 201, body: shown, headers: { location: `/api/v1/scripts/${name}` } }
        : { status: 200, body: shown };
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
      const { version } = parseFields(scriptQuerySchema, request.query);
      const script = await requireScript(request);
      const sha256 = version ?? script.sha256;
      const text = sha256 === script.sha256 ? await readCurrent(script) : await readVersion(script, sha256);
      return { status: 200, text, headers: { etag: `"${sha256}"`, 'x-content-sha256': sha256 } };
    },

    async listVersions(request: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, request.query);
      const script = await requireScript(request);
      const versions = showVersions(script, await hooks.listAll(request.tenant));
      return { status: 200, body: { name: script.name, versions } };
    },

    async remove(request: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, request.query);
      await dropAll(await removeRow(request));
      return { status: 204 };
    },
  };
}
