import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import { createHookSchema, updateHookSchema } from '../../shared/hook-fields.ts';
import type { UpdateHook } from '../../shared/hook-fields.ts';
import { viewHook } from '../../shared/hook.ts';
import type { Hook, Script } from '../../shared/hook.ts';
import { isHookId } from '../../shared/ids.ts';
import type { HookId } from '../../shared/ids.ts';
import { nextCursor, pageQuerySchema, readCursor } from '../../shared/list-query.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { readSubscription } from '../../shared/webhook-fields.ts';
import { subscriptionSchema } from '../../shared/webhook.ts';
import { noQuerySchema } from './manage-scripts.ts';

interface Dependencies {
  readonly hooks: ConfigRows<Hook>;
  readonly scripts: Pick<ConfigRows<Script>, 'get' | 'listPage'>;
  readonly createId: (nowMs: number) => HookId;
  readonly now: () => number;
}

/** Scripts named to somebody who named one that does not exist. */
const scriptsNamedMax = 20;

const hookIsMissing = (id: string): ApiError =>
  new ApiError('not_found', `There is no hook "${id}". GET /api/v1/hooks lists those that exist.`);

/** Finds the hook that a route names. Throws `ApiError` 404. */
export async function requireHook(
  hooks: Pick<ConfigRows<Hook>, 'get'>,
  { tenant, params }: Pick<HttpRequest, 'tenant' | 'params'>,
): Promise<Hook> {
  const id = params['id'] ?? '';
  const hook = isHookId(id) ? await hooks.get(tenant, id) : undefined;
  if (hook === undefined) throw hookIsMissing(id);
  return hook;
}

/** The routes that create, read, change and delete hooks. */
export function createManageHooks({ hooks, scripts, createId, now }: Dependencies) {
  /** The content that a hook is pinned to. Throws `ApiError` 422 when there is no such script. */
  const pin = async (tenant: string, name: string): Promise<Pick<Hook, 'script' | 'script_sha256'>> => {
    const script = await scripts.get(tenant, name);
    if (script !== undefined) return { script: name, script_sha256: script.sha256 };
    const { items } = await scripts.listPage(tenant, { limit: scriptsNamedMax });
    const known = items.map((item) => item.name).join(', ');
    const message = `"${name}" was not uploaded${known === '' ? '' : `; known: ${known}`}. Upload it with PUT /api/v1/scripts/${name} first`;
    throw new ApiError('unprocessable', `The request is not valid: script: ${message}`, [
      { field: 'script', message },
    ]);
  };

  const changesOf = async (hook: Hook, fields: UpdateHook): Promise<Partial<Hook>> => {
    const { name, script, timeout_seconds, retry_count, retry_schedule, failure_threshold, enabled } = fields;
    const names = readSubscription(fields);
    return {
      ...(name === undefined ? {} : { name }),
      ...(timeout_seconds === undefined ? {} : { timeout_seconds }),
      ...(retry_count === undefined ? {} : { retry_count }),
      ...(retry_schedule === undefined ? {} : { retry_schedule }),
      ...(failure_threshold === undefined ? {} : { failure_threshold }),
      ...(enabled === undefined ? {} : { enabled }),
      // Its owner says that it is mended.
      ...(enabled === true && !hook.enabled ? { consecutive_failures: 0, disabled_reason: undefined } : {}),
      // Sent back with a change elsewhere, `false` is not the owner's doing.
      ...(enabled === false && hook.enabled ? { disabled_reason: undefined } : {}),
      ...(names === undefined ? {} : { event_names: subscriptionSchema.parse(names) }),
      ...(fields.filter === undefined ? {} : { filter: fields.filter ?? undefined }),
      ...(script === undefined ? {} : await pin(hook.tenant, script)),
      updated_at: new Date(now()).toISOString(),
    };
  };

  return {
    async create({ tenant, query, body }: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, query);
      const fields = parseFields(createHookSchema, parseJson(body));
      const at = new Date(now()).toISOString();
      const hook: Hook = {
        id: createId(now()),
        tenant,
        name: fields.name,
        event_names: subscriptionSchema.parse(readSubscription(fields)),
        filter: fields.filter ?? undefined,
        ...(await pin(tenant, fields.script)),
        timeout_seconds: fields.timeout_seconds,
        retry_count: fields.retry_count,
        retry_schedule: fields.retry_schedule,
        failure_threshold: fields.failure_threshold,
        enabled: fields.enabled,
        consecutive_failures: 0,
        trigger_count: 0,
        created_at: at,
        updated_at: at,
      };
      await hooks.put(tenant, hook.id, hook);
      return { status: 201, body: viewHook(hook), headers: { location: `/api/v1/hooks/${hook.id}` } };
    },

    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const { limit, cursor } = parseFields(pageQuerySchema, query);
      const page = await hooks.listPage(tenant, { limit, afterId: readCursor(cursor) });
      return { status: 200, body: { hooks: page.items.map(viewHook), next_cursor: nextCursor(page) } };
    },

    async get(request: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, request.query);
      return { status: 200, body: viewHook(await requireHook(hooks, request)) };
    },

    async update(request: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, request.query);
      const fields = parseFields(updateHookSchema, parseJson(request.body));
      const hook = await requireHook(hooks, request);
      const { id } = hook;
      const updated = await hooks.update(request.tenant, id, await changesOf(hook, fields));
      if (updated === undefined) throw hookIsMissing(id);
      return { status: 200, body: viewHook(updated) };
    },

    async remove({ tenant, params, query }: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, query);
      const id = params['id'] ?? '';
      if (!isHookId(id) || !(await hooks.remove(tenant, id))) throw hookIsMissing(id);
      return { status: 204 };
    },
  };
}
