import type { Page, PageQuery, Script, ScriptQuery, ScriptVersions } from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions, SendRequest } from '../send-request.ts';

const path = '/api/v1/scripts';

/** The scripts that hooks run. */
export const createScriptRoutes = (call: CallRoute, send: SendRequest) => ({
  list: (query: PageQuery = {}, options?: CallOptions) =>
    call<Page<'scripts', Script>>({ method: 'GET', path, query, requires: ['scripts'] }, options),

  /** The script itself, as it was uploaded: now, or as the `version` that is named by its SHA-256. */
  get: async (name: string, query: ScriptQuery = {}, options?: CallOptions): Promise<string> =>
    (await send({ method: 'GET', path: pathOf`/api/v1/scripts/${name}`, query }, options)).text,

  /** Its versions that are kept, newest first, and the hooks that run each. */
  listVersions: (name: string, options?: CallOptions) =>
    call<ScriptVersions>(
      { method: 'GET', path: pathOf`/api/v1/scripts/${name}/versions`, requires: ['versions'] },
      options,
    ),

  /**
   * Makes a new version of it, which hooks run once they are moved to it.
   * @param content begins with `#!`
   */
  upload: (name: string, content: string, options?: CallOptions) =>
    call<Script>({ method: 'PUT', path: pathOf`/api/v1/scripts/${name}`, text: content }, options),

  /** Only one that no hook uses. */
  delete: (name: string, options?: CallOptions) =>
    call<void>({ method: 'DELETE', path: pathOf`/api/v1/scripts/${name}` }, options),
});
