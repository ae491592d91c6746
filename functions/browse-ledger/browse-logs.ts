import type { Ledger } from '../../shared/aws/ledger.ts';
import type { DeliveryReader } from '../../shared/aws/list-deliveries.ts';
import { deliveryStates, isFinal, viewDelivery } from '../../shared/delivery.ts';
import type { DeliveryState } from '../../shared/delivery.ts';
import { logQuerySchema } from '../../shared/ledger-query.ts';
import { nextCursor, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';

/** Time kept back for the answer itself. */
const answerMarginMs = 5_000;

const failedStates = deliveryStates.filter((state) => isFinal(state) && state !== 'delivered');

/** What is still under way is neither a success nor none. */
function statesOf(success: boolean | undefined): readonly DeliveryState[] | undefined {
  if (success === undefined) return undefined;
  return success ? ['delivered'] : failedStates;
}

/** The routes of the original's log: `GET` and `DELETE /api/v1/hooks/logs`. */
export function createBrowseLogs({
  deliveries,
  ledger,
  now,
}: {
  readonly deliveries: Pick<DeliveryReader, 'list'>;
  readonly ledger: Pick<Ledger, 'deleteDeliveries'>;
  readonly now: () => number;
}) {
  return {
    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const fields = parseFields(logQuerySchema, query);
      const page = await deliveries.list(
        tenant,
        {
          endpointId: fields.hook_id ?? fields.webhook_id,
          eventName: fields.event_name,
          states: statesOf(fields.success),
          since: fields.since,
          until: fields.until,
        },
        { limit: fields.limit, beforeKey: readCursor(fields.cursor) },
      );
      return { status: 200, body: { logs: page.items.map(viewDelivery), next_cursor: nextCursor(page) } };
    },

    async clear({ tenant, remainingMs }: HttpRequest): Promise<HttpAnswer> {
      const { deleted, done } = await ledger.deleteDeliveries(tenant, now() + remainingMs() - answerMarginMs);
      return {
        status: 200,
        body: { deleted, done, ...(done ? {} : { message: 'The log is long: send the request again.' }) },
      };
    },
  };
}
