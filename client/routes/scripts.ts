import type { Page, PageQuery, Script, ScriptVersions } from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions, SendRequest } from '../send-request.ts';

const path = '/api/v1/scripts';

/** The scripts that hooks run. */
export const createScriptRoutes = (call: CallRoute, send: SendRequest) => ({
  list: (query: PageQuery = {}, options?: CallOptions) =>
    call<Page<'scripts', Script>>({ method: 'GET', path, query }, options),

  /** The script itself, as it was uploaded. */
  get: async (name: string, options?: CallOptions): Promise<string> =>
    (await send({ method: 'GET', path: pathOf`/api/v1/scripts/${name}` }, options)).text,

  /** Its current content, and those that hooks are still pinned to. */
  listVersions: (name: string, options?: CallOptions) =>
    call<ScriptVersions>({ method: 'GET', path: pathOf`/api/v1/scripts/${name}/versions` }, options),

  /** @param content begins with `#!` */
  upload: (name: string, content: string, options?: CallOptions) =>
    call<Script>({ method: 'PUT', path: pathOf`/api/v1/scripts/${name}`, text: content }, options),

  /** Only one that no hook uses. */
  delete: (name: string, options?: CallOptions) =>
    call<void>({ method: 'DELETE', path: pathOf`/api/v1/scripts/${name}` }, options),
});
