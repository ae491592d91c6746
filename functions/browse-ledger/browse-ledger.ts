import * as z from 'zod';
import type { Ledger } from '../../shared/aws/ledger.ts';
import { eventNames } from '../../shared/catalog.ts';
import { viewDelivery } from '../../shared/delivery.ts';
import type { HookId, WebhookId } from '../../shared/ids.ts';
import { isHookId, isWebhookId } from '../../shared/ids.ts';
import { nextCursor, pageFields, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';

const filterSchema = z
  .strictObject({
    ...pageFields,
    hook_id: z
      .custom<HookId>((id) => typeof id === 'string' && isHookId(id), 'must be a hook id (hk_…)')
      .optional(),
    webhook_id: z
      .custom<WebhookId>((id) => typeof id === 'string' && isWebhookId(id), 'must be a webhook id (wh_…)')
      .optional(),
    event_name: z.enum(eventNames).optional(),
    success: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
  })
  .refine((filter) => filter.hook_id === undefined || filter.webhook_id === undefined, {
    path: ['webhook_id'],
    message: 'cannot be given together with hook_id: a row has one of the two',
  });

/** Time kept back for the answer itself. */
const answerMarginMs = 5_000;

/** The routes of the log: `GET` and `DELETE /api/v1/hooks/logs`. */
export function createBrowseLedger({
  ledger,
  now,
}: {
  readonly ledger: Pick<Ledger, 'listDeliveries' | 'deleteDeliveries'>;
  readonly now: () => number;
}) {
  return {
    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const filter = parseFields(filterSchema, query);
      const page = await ledger.listDeliveries(
        tenant,
        {
          endpointId: filter.hook_id ?? filter.webhook_id,
          eventName: filter.event_name,
          success: filter.success,
        },
        { limit: filter.limit, beforeKey: readCursor(filter.cursor) },
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
