import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ScriptBodies, ScriptRows } from '../../shared/aws/script-table.ts';
import { endpointIsMissing } from '../../shared/endpoint.ts';
import { createHookSchema, updateHookSchema } from '../../shared/hook-fields.ts';
import type { UpdateHook } from '../../shared/hook-fields.ts';
import { viewHook } from '../../shared/hook.ts';
import type { Hook } from '../../shared/hook.ts';
import { isHookId } from '../../shared/ids.ts';
import type { HookId } from '../../shared/ids.ts';
import { nextCursor, pageQuerySchema, readCursor } from '../../shared/list-query.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { readSubscription } from '../../shared/webhook-fields.ts';
import { subscriptionSchema } from '../../shared/webhook.ts';
import { noQuerySchema } from './manage-scripts.ts';
import { createPinScript, readAskedPin } from './pin-script.ts';
import type { Pin } from './pin-script.ts';

interface Dependencies {
  readonly hooks: ConfigRows<Hook>;
  readonly scripts: Pick<ScriptRows, 'get' | 'listPage'>;
  readonly bodies: Pick<ScriptBodies, 'hold' | 'release'>;
  readonly createId: (nowMs: number) => HookId;
  readonly now: () => number;
}

/** Finds the hook that a route names. Throws `ApiError` 404. */
export async function requireHook(
  hooks: Pick<ConfigRows<Hook>, 'get'>,
  { tenant, params }: Pick<HttpRequest, 'tenant' | 'params'>,
): Promise<Hook> {
  const id = params['id'] ?? '';
  const hook = isHookId(id) ? await hooks.get(tenant, id) : undefined;
  if (hook === undefined) throw endpointIsMissing('hook', id);
  return hook;
}

/** The routes that create, read, change and delete hooks. */
export function createManageHooks({ hooks, scripts, bodies, createId, now }: Dependencies) {
  const pinScript = createPinScript({ hooks, scripts, bodies, now });

  const changesOf = (hook: Hook, fields: UpdateHook): Partial<Hook> => {
    const { name, timeout_seconds, retry_count, retry_schedule, failure_threshold, enabled } = fields;
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
      updated_at: new Date(now()).toISOString(),
    };
  };

  return {
    async create(request: HttpRequest): Promise<HttpAnswer> {
      const { tenant } = request;
      parseFields(noQuerySchema, request.query);
      const fields = parseFields(createHookSchema, parseJson(request.body));
      const at = new Date(now()).toISOString();
      const hook = await pinScript(request, fields, async (pin) => {
        const made: Hook = {
          id: createId(now()),
          tenant,
          name: fields.name,
          event_names: subscriptionSchema.parse(readSubscription(fields)),
          filter: fields.filter ?? undefined,
          ...pin,
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
        await hooks.put(tenant, made.id, made);
        return made;
      });
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
      const write = (pin?: Pin) => hooks.update(request.tenant, id, { ...changesOf(hook, fields), ...pin });
      const asked = readAskedPin(hook, fields);
      const updated = asked === undefined ? await write() : await pinScript(request, asked, write);
      if (updated === undefined) throw endpointIsMissing('hook', id);
      return { status: 200, body: viewHook(updated) };
    },

    async remove({ tenant, params, query }: HttpRequest): Promise<HttpAnswer> {
      parseFields(noQuerySchema, query);
      const id = params['id'] ?? '';
      if (!isHookId(id) || !(await hooks.remove(tenant, id))) throw endpointIsMissing('hook', id);
      return { status: 204 };
    },
  };
}
