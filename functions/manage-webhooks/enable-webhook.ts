import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import { createEnableEndpoint } from '../../shared/enable-endpoint.ts';
import type { EnableDependencies } from '../../shared/enable-endpoint.ts';
import type { HttpRequest } from '../../shared/runtime/http.ts';
import { viewWebhook } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { enabledAnew } from './enabled-anew.ts';
import { requireWebhook } from './manage-webhooks.ts';
import { updateWebhook } from './update-webhook.ts';

interface Dependencies extends EnableDependencies {
  readonly webhooks: Pick<ConfigRows<Webhook>, 'get' | 'update'>;
}

/** `POST /api/v1/webhooks/{id}/enable`: with `replay`, what was parked meanwhile is sent, as a job. */
export const createEnableWebhook = ({ webhooks, now, ...dependencies }: Dependencies) =>
  createEnableEndpoint({
    ...dependencies,
    now,
    kind: 'webhook',
    find: (request: HttpRequest) => requireWebhook(webhooks, request),
    enable: (webhook) =>
      updateWebhook(webhooks, webhook, { ...enabledAnew, updated_at: new Date(now()).toISOString() }),
    view: (webhook) => viewWebhook(webhook, now()),
  });
