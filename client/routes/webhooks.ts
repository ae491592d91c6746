import type {
  CreateWebhook,
  Page,
  PageQuery,
  RotateSecret,
  UpdateWebhook,
  Webhook,
  WebhookTest,
} from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';
import { createReplayRoutes } from './replays.ts';

const path = '/api/v1/webhooks';

/** Webhooks, and the replay of what they did not get. */
export const createWebhookRoutes = (call: CallRoute) => ({
  list: (query: PageQuery = {}, options?: CallOptions) =>
    call<Page<'webhooks', Webhook>>({ method: 'GET', path, query, requires: ['webhooks'] }, options),

  /** The answer shows the signing secret, this once. */
  create: (fields: CreateWebhook, options?: CallOptions) =>
    call<Webhook>({ method: 'POST', path, json: fields, requires: ['id'] }, options),

  get: (id: string, options?: CallOptions) =>
    call<Webhook>({ method: 'GET', path: pathOf`/api/v1/webhooks/${id}`, requires: ['id'] }, options),

  /** Changes the fields that are given. */
  update: (id: string, fields: UpdateWebhook, options?: CallOptions) =>
    call<Webhook>(
      { method: 'PUT', path: pathOf`/api/v1/webhooks/${id}`, json: fields, requires: ['id'] },
      options,
    ),

  delete: (id: string, options?: CallOptions) =>
    call<void>({ method: 'DELETE', path: pathOf`/api/v1/webhooks/${id}` }, options),

  /** Sends the sample of its event now, once, and tells what the receiver answered. */
  test: (id: string, options?: CallOptions) =>
    call<WebhookTest>(
      { method: 'POST', path: pathOf`/api/v1/webhooks/${id}/test`, requires: ['success'] },
      options,
    ),

  ...createReplayRoutes(call, 'webhook'),

  /** Makes new signing keys; the old ones sign on for a while. The answer shows the new secret, this once. */
  rotateSecret: (id: string, fields: RotateSecret = {}, options?: CallOptions) =>
    call<Webhook>(
      { method: 'POST', path: pathOf`/api/v1/webhooks/${id}/rotate-secret`, json: fields },
      options,
    ),
});
