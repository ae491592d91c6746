import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { WebhookId } from '../../shared/ids.ts';
import { isWebhookId } from '../../shared/ids.ts';
import { nextCursor, pageQuerySchema, readCursor } from '../../shared/list-query.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { createWebhookSchema, readSubscription, updateWebhookSchema } from '../../shared/webhook-fields.ts';
import type { UpdateWebhook } from '../../shared/webhook-fields.ts';
import { subscriptionSchema, viewWebhook, webhookIsMissing } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { SealHeaders } from './seal-headers.ts';
import type { SealKeys } from './seal-keys.ts';
import { enabledAnew } from './enabled-anew.ts';
import { updateWebhook } from './update-webhook.ts';

export interface WebhookDependencies {
  readonly webhooks: ConfigRows<Webhook>;
  readonly sealKeys: SealKeys;
  readonly sealHeaders: SealHeaders;
  /** Says why a URL may not be reached; undefined when it may. */
  readonly findUrlProblem: (url: string) => Promise<string | undefined>;
  readonly createId: (nowMs: number) => WebhookId;
  readonly now: () => number;
}

/** Finds the webhook that a route names. Throws `ApiError` 404. */
export async function requireWebhook(
  webhooks: Pick<ConfigRows<Webhook>, 'get'>,
  { tenant, params }: Pick<HttpRequest, 'tenant' | 'params'>,
): Promise<Webhook> {
  const id = params['id'] ?? '';
  const webhook = isWebhookId(id) ? await webhooks.get(tenant, id) : undefined;
  if (webhook === undefined) throw webhookIsMissing(id);
  return webhook;
}

/** The limits that a PUT names, and how it gathers events; null lifts one. */
const changedLimits = (fields: UpdateWebhook): Partial<Webhook> => ({
  ...(fields.rate_limit === undefined ? {} : { rate_limit: fields.rate_limit ?? undefined }),
  ...(fields.max_in_flight === undefined ? {} : { max_in_flight: fields.max_in_flight ?? undefined }),
  ...(fields.coalesce === undefined ? {} : { coalesce: fields.coalesce ?? undefined }),
});

/** A default that was shown may come back: it is no choice of the owner's. */
const unlessShown = <Value>(value: Value | undefined, shown: Value): Value | undefined =>
  isDeepStrictEqual(value, shown) ? undefined : value;

/** The routes that create, read, change and delete webhooks. */
export function createManageWebhooks(dependencies: WebhookDependencies) {
  const { webhooks, sealKeys, sealHeaders, createId, now } = dependencies;

  const requireReachable = async (url: string): Promise<void> => {
    const problem = await dependencies.findUrlProblem(url);
    if (problem === undefined) return;
    const message = `points to ${problem}, which this deployment does not allow webhooks to reach`;
    throw new ApiError('unprocessable', `The request is not valid: url: ${message}`, [
      { field: 'url', message },
    ]);
  };

  /** What a PUT changes: the fields that it names, and what follows from them. */
  const changesOf = async (webhook: Webhook, fields: UpdateWebhook): Promise<Partial<Webhook>> => {
    const { name, url, retry_count, timeout_seconds, enabled } = fields;
    const shown = viewWebhook(webhook, now());
    const names = readSubscription(fields);
    const given = {
      name,
      url,
      retry_count,
      retry_schedule: unlessShown(fields.retry_schedule, shown.retry_schedule),
      failure_threshold: unlessShown(fields.failure_threshold, shown.failure_threshold),
      timeout_seconds,
      enabled,
    };
    return {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      ...(names === undefined ? {} : { event_names: subscriptionSchema.parse(names) }),
      ...(fields.filter === undefined ? {} : { filter: fields.filter ?? undefined }),
      ...changedLimits(fields),
      ...(await sealKeys.change(webhook, fields)),
      ...(await sealHeaders(webhook, fields.headers)),
      ...(enabled === true && !webhook.enabled ? enabledAnew : {}),
      // Sent back with a change elsewhere, `false` is not the owner's doing.
      ...(enabled === false && webhook.enabled ? { disabled_reason: undefined } : {}),
      updated_at: new Date(now()).toISOString(),
    };
  };

  return {
    async create({ tenant, body }: HttpRequest): Promise<HttpAnswer> {
      const fields = parseFields(createWebhookSchema, parseJson(body));
      await requireReachable(fields.url);
      const id = createId(now());
      const { keys, secret } = await sealKeys.make(id, fields);
      const at = new Date(now()).toISOString();
      const webhook: Webhook = {
        id,
        tenant,
        name: fields.name,
        event_names: subscriptionSchema.parse(readSubscription(fields)),
        filter: fields.filter ?? undefined,
        url: fields.url,
        ...keys,
        ...(await sealHeaders({ id }, fields.headers)),
        retry_count: fields.retry_count,
        retry_schedule: fields.retry_schedule,
        failure_threshold: fields.failure_threshold,
        rate_limit: fields.rate_limit ?? undefined,
        max_in_flight: fields.max_in_flight ?? undefined,
        coalesce: fields.coalesce ?? undefined,
        timeout_seconds: fields.timeout_seconds,
        enabled: fields.enabled,
        consecutive_failures: 0,
        trigger_count: 0,
        created_at: at,
        updated_at: at,
      };
      await webhooks.put(tenant, id, webhook);
      return {
        status: 201,
        body: viewWebhook(webhook, now(), secret),
        headers: { location: `/api/v1/webhooks/${id}` },
      };
    },

    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const { limit, cursor } = parseFields(pageQuerySchema, query);
      const page = await webhooks.listPage(tenant, { limit, afterId: readCursor(cursor) });
      return {
        status: 200,
        body: {
          webhooks: page.items.map((webhook) => viewWebhook(webhook, now())),
          next_cursor: nextCursor(page),
        },
      };
    },

    async get(request: HttpRequest): Promise<HttpAnswer> {
      return { status: 200, body: viewWebhook(await requireWebhook(webhooks, request), now()) };
    },

    async update(request: HttpRequest): Promise<HttpAnswer> {
      const fields = parseFields(updateWebhookSchema, parseJson(request.body));
      const webhook = await requireWebhook(webhooks, request);
      if (fields.url !== undefined) await requireReachable(fields.url);
      const updated = await updateWebhook(webhooks, webhook, await changesOf(webhook, fields));
      return { status: 200, body: viewWebhook(updated, now()) };
    },

    async remove({ tenant, params }: HttpRequest): Promise<HttpAnswer> {
      const id = params['id'] ?? '';
      if (!isWebhookId(id) || !(await webhooks.remove(tenant, id))) throw webhookIsMissing(id);
      return { status: 204 };
    },
  };
}
