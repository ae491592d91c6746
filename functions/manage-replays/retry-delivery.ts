import * as z from 'zod';
import { ApiError } from '../../shared/api-error.ts';
import type { ReadDeliveries } from '../../shared/aws/read-deliveries.ts';
import { parseDeliveryId, viewDelivery } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import { endpointIsDisabled, kindOf } from '../../shared/endpoint.ts';
import type { FindEndpoint } from '../../shared/endpoint.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { EndpointId } from '../../shared/ids.ts';
import { readOptionalBody } from '../../shared/read-optional-body.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { SendAnewError } from '../../shared/send-anew-error.ts';
import type { SendAnewStage } from '../../shared/send-anew-error.ts';
import { roundAfter, showRound } from '../../shared/send-anew.ts';
import type { SendAnew, Sending } from '../../shared/send-anew.ts';

interface Dependencies {
  readonly findEndpoint: FindEndpoint;
  readonly readDeliveries: ReadDeliveries;
  readonly sendAnew: SendAnew;
  readonly now: () => number;
  readonly log: Log;
}

const noFieldsSchema = z.strictObject({});

const problems: Readonly<Record<SendAnewStage, string>> = {
  queue: 'It could not be queued. Try again in a few seconds.',
  wake: 'The run is queued, but no worker could be started for it; it runs with the next event. The log of manage-replays tells why.',
};

const deliveryIsMissing = (id: string): ApiError =>
  new ApiError(
    'not_found',
    `There is no delivery "${id}". GET /api/v1/deliveries lists those that are kept.`,
  );

/** `POST /api/v1/deliveries/{id}/retry`: sends one delivery, or runs a hook's script, anew now, whatever its state. */
export function createRetryDelivery(dependencies: Dependencies) {
  const { findEndpoint, readDeliveries, sendAnew, now, log } = dependencies;

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
    const endpoint = await findEndpoint(tenant, id);
    if (endpoint === undefined) {
      throw new ApiError(
        'conflict',
        `The ${kindOf(id)} of this delivery was deleted, so it cannot be sent again.`,
      );
    }
    if (!endpoint.enabled) throw endpointIsDisabled(id);
  };

  const send = async (tenant: string, id: EndpointId, sending: Sending): Promise<void> => {
    try {
      await sendAnew({ tenant, id }, [sending]);
    } catch (error) {
      if (!(error instanceof SendAnewError)) throw error;
      log.error('delivery not sent anew', {
        delivery_id: sending.delivery.id,
        endpoint_id: id,
        tenant,
        error,
      });
      throw new ApiError('unavailable', problems[error.stage], [], { cause: error });
    }
  };

  return async ({ tenant, params, body }: HttpRequest): Promise<HttpAnswer> => {
    readOptionalBody(noFieldsSchema, body);
    const { delivery, event } = await find(tenant, params['id'] ?? '');
    const { endpoint_id: endpointId } = delivery;
    await requireEnabled(tenant, endpointId);
    const sending: Sending = { delivery, event, round: roundAfter(delivery), dueMs: now() };
    await send(tenant, endpointId, sending);
    return { status: 202, body: viewDelivery(showRound(sending, now())) };
  };
}
