import type * as z from 'zod';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ListUndelivered, UndeliveredAtEndpoint } from '../../shared/aws/list-undelivered.ts';
import type { Hook } from '../../shared/hook.ts';
import { isHookId } from '../../shared/ids.ts';
import type { undeliveredAnswerSchema } from '../../shared/ledger-answers.ts';
import { undeliveredQuerySchema } from '../../shared/ledger-query.ts';
import { nextCursor, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import { runBounded } from '../../shared/run-bounded.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { adviseUndelivered } from '../../shared/undelivered.ts';
import type { Webhook } from '../../shared/webhook.ts';

interface Dependencies {
  readonly listUndelivered: ListUndelivered;
  readonly webhooks: Pick<ConfigRows<Webhook>, 'get'>;
  readonly hooks: Pick<ConfigRows<Hook>, 'get'>;
}

/** Endpoints that are read at a time. */
const readsAtATime = 25;

/** What both kinds of endpoint tell of themselves. */
type Endpoint = Pick<Webhook, 'name' | 'enabled'> &
  Partial<Pick<Webhook, 'url' | 'disabled_reason' | 'circuit'>>;

/** `GET /api/v1/undelivered`: what did not arrive, where, why, and what to do. */
export function createBrowseUndelivered({ listUndelivered, webhooks, hooks }: Dependencies) {
  const find = (tenant: string, id: string): Promise<Endpoint | undefined> =>
    isHookId(id) ? hooks.get(tenant, id) : webhooks.get(tenant, id);

  return async ({ tenant, query }: HttpRequest): Promise<HttpAnswer> => {
    const { limit, cursor, since, until } = parseFields(undeliveredQuerySchema, query);
    const page = await listUndelivered(tenant, { since, until }, { limit, beforeKey: readCursor(cursor) });
    const endpoints = await runBounded(page.endpoints, readsAtATime, async (group) =>
      show(group, await find(tenant, group.endpointId)),
    );
    const body = {
      endpoints,
      truncated: page.nextKey !== undefined,
      next_cursor: nextCursor({ items: [], nextKey: page.nextKey }),
    } satisfies z.input<typeof undeliveredAnswerSchema>;
    return { status: 200, body };
  };
}

function show(group: UndeliveredAtEndpoint, endpoint: Endpoint | undefined) {
  const { endpointId, lastDelivery: last, states, total, oldest, newest } = group;
  const isHook = isHookId(endpointId);
  const attempt = last?.attempts.at(-1);
  const { text, request } = adviseUndelivered(group, endpoint);
  return {
    hook_type: isHook ? ('script' as const) : ('webhook' as const),
    webhook_id: isHook ? null : endpointId,
    hook_id: isHook ? endpointId : null,
    name: endpoint?.name ?? group.name,
    deleted: endpoint === undefined,
    url_host: endpoint?.url === undefined ? null : new URL(endpoint.url).host,
    enabled: endpoint?.enabled ?? null,
    disabled_reason: endpoint?.disabled_reason ?? null,
    circuit:
      endpoint?.circuit === undefined
        ? null
        : { reason: endpoint.circuit.reason, until: new Date(endpoint.circuit.until).toISOString() },
    total,
    states,
    oldest,
    newest,
    last_error: attempt?.error ?? last?.reason ?? null,
    last_error_class: attempt?.error_class ?? null,
    last_status: attempt?.status ?? null,
    last_delivery_id: last?.id ?? null,
    last_at: group.last.updated_at,
    next_retry_at: group.nextRetryAt ?? null,
    advice: text,
    request: request ?? null,
  };
}
