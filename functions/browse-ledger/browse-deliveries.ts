import type * as z from 'zod';
import { ApiError } from '../../shared/api-error.ts';
import type { DeliveryReader } from '../../shared/aws/list-deliveries.ts';
import type { deliveriesAnswerSchema, shownDeliverySchema } from '../../shared/ledger-answers.ts';
import { deliveriesQuerySchema } from '../../shared/ledger-query.ts';
import { ledgerRetentionDays } from '../../shared/limits.ts';
import { nextCursor, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { showDelivery } from './show-delivery.ts';

/** `GET /api/v1/deliveries` and `GET /api/v1/deliveries/{id}`. */
export function createBrowseDeliveries({ deliveries }: { readonly deliveries: DeliveryReader }) {
  return {
    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const fields = parseFields(deliveriesQuerySchema, query);
      const page = await deliveries.list(
        tenant,
        {
          endpointId: fields.hook_id ?? fields.webhook_id,
          eventName: fields.event_name,
          states: fields.state === undefined ? undefined : [fields.state],
          statusCode: fields.status_code,
          since: fields.since,
          until: fields.until,
        },
        { limit: fields.limit, beforeKey: readCursor(fields.cursor) },
      );
      const listed = page.items.map((delivery) => {
        const { attempts: _attempts, ...shown } = showDelivery(delivery);
        return shown;
      });
      const body = { deliveries: listed, next_cursor: nextCursor(page) } satisfies z.input<
        typeof deliveriesAnswerSchema
      >;
      return { status: 200, body };
    },

    async get({ tenant, params }: HttpRequest): Promise<HttpAnswer> {
      const id = params['id'] ?? '';
      const delivery = await deliveries.find(tenant, id);
      if (delivery === undefined) {
        throw new ApiError(
          'not_found',
          `There is no delivery "${id}"; deliveries are kept for ${ledgerRetentionDays} days. GET /api/v1/deliveries lists them.`,
        );
      }
      return {
        status: 200,
        body: showDelivery(delivery) satisfies z.input<typeof shownDeliverySchema>,
      };
    },
  };
}
