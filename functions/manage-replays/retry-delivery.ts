import * as z from 'zod';
import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { parseDeliveryId, viewDelivery } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Hook } from '../../shared/hook.ts';
import { isWebhookId } from '../../shared/ids.ts';
import type { EndpointId } from '../../shared/ids.ts';
import { readOptionalBody } from '../../shared/read-optional-body.ts';
import { webhookIsDisabled } from '../../shared/replay.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { roundAfter, showRound } from '../../shared/send-anew.ts';
import type { SendAnew, Sending } from '../../shared/send-anew.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { RunAnew } from './run-anew.ts';

interface Dependencies {
  readonly webhooks: Pick<ConfigRows<Webhook>, 'get'>;
  readonly hooks: Pick<ConfigRows<Hook>, 'get'>;
  readonly readDeliveries: ReadDeliveries;
  readonly sendAnew: SendAnew;
  readonly runAnew: RunAnew;
  readonly now: () => number;
}

const noFieldsSchema = z.strictObject({});

const deliveryIsMissing = (id: string): ApiError =>
  new ApiError(
    'not_found',
    `There is no delivery "${id}". GET /api/v1/deliveries lists those that are kept.`,
  );

/** `POST /api/v1/deliveries/{id}/retry`: sends one delivery, or runs a hook's script, anew now, whatever its state. */
export function createRetryDelivery(dependencies: Dependencies) {
  const { webhooks, hooks, readDeliveries, sendAnew, runAnew, now } = dependencies;

  const find = async (tenant: string, id: string): Promise<{ delivery: Delivery; event: CatalogEvent }> => {
    const place = parseDeliveryId(id);
    if (place === undefined) throw deliveryIsMissing(id);
    const { eventId, timestamp, endpointId } = place;
    const [known] = await readDeliveries([{ event: { tenant, id: eventId, timestamp }, endpointId }]);
    if (known?.delivery === undefined) throw deliveryIsMissing(id);
    if (known.event === undefined) {
      throw new ApiError(
        'conflict',
        known.delivery.test === true
          ? 'This was a test, whose event is not kept: send it again by the test of its webhook or hook.'
          : 'The event of this delivery is no longer kept, so it cannot be sent again.',
      );
    }
    return { delivery: known.delivery, event: known.event };
  };

  const requireEnabled = async (tenant: string, id: EndpointId): Promise<void> => {
    const isWebhook = isWebhookId(id);
    const endpoint = await (isWebhook ? webhooks.get(tenant, id) : hooks.get(tenant, id));
    if (endpoint === undefined) {
      const kind = isWebhook ? 'webhook' : 'hook';
      throw new ApiError('conflict', `The ${kind} of this delivery was deleted, so it cannot be sent again.`);
    }
    if (endpoint.enabled) return;
    throw isWebhook
      ? webhookIsDisabled(id)
      : new ApiError('conflict', `The hook is disabled: PUT {"enabled": true} to /api/v1/hooks/${id} first.`);
  };

  return async ({ tenant, params, body }: HttpRequest): Promise<HttpAnswer> => {
    readOptionalBody(noFieldsSchema, body);
    const { delivery, event } = await find(tenant, params['id'] ?? '');
    const { endpoint_id: endpointId } = delivery;
    await requireEnabled(tenant, endpointId);
    const sending: Sending = { delivery, event, round: roundAfter(delivery), dueMs: now() };
    if (isWebhookId(endpointId)) await sendAnew(tenant, [sending]);
    else await runAnew(sending, endpointId);
    return { status: 202, body: viewDelivery(showRound(sending, now())) };
  };
}
