import type * as z from 'zod';
import { ApiError } from '../../shared/api-error.ts';
import type { EventHead, EventReader, StateCounts } from '../../shared/aws/list-events.ts';
import type { eventAnswerSchema, eventsAnswerSchema } from '../../shared/ledger-answers.ts';
import { eventQuerySchema, eventsQuerySchema } from '../../shared/ledger-query.ts';
import { ledgerRetentionDays } from '../../shared/limits.ts';
import { nextCursor, readCursor } from '../../shared/list-query.ts';
import { parseFields } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { showDelivery } from './show-delivery.ts';

const showEvent = ({ id, event_name, version, timestamp, matched }: EventHead, summary: StateCounts) => ({
  id,
  event_name,
  version,
  timestamp,
  matched,
  summary,
});

/** `GET /api/v1/events` and `GET /api/v1/events/{id}`. */
export function createBrowseEvents({ events }: { readonly events: EventReader }) {
  return {
    async list({ tenant, query }: HttpRequest): Promise<HttpAnswer> {
      const { name, state, since, until, limit, cursor } = parseFields(eventsQuerySchema, query);
      const page = await events.list(
        tenant,
        { eventName: name, state, since, until },
        { limit, beforeKey: readCursor(cursor) },
      );
      const body = {
        events: page.items.map(({ event, counts }) => showEvent(event, counts)),
        next_cursor: nextCursor(page),
      } satisfies z.input<typeof eventsAnswerSchema>;
      return { status: 200, body };
    },

    async get({ tenant, params, query }: HttpRequest): Promise<HttpAnswer> {
      const { limit, cursor } = parseFields(eventQuerySchema, query);
      const id = params['id'] ?? '';
      const event = await events.find(tenant, id);
      if (event === undefined) {
        throw new ApiError(
          'not_found',
          `There is no event "${id}"; events are kept for ${ledgerRetentionDays} days. GET /api/v1/events lists them.`,
        );
      }
      const [counts, page] = await Promise.all([
        events.count(event),
        events.listDeliveries(event, { limit, beforeKey: readCursor(cursor) }),
      ]);
      const body = {
        ...showEvent(event, counts),
        data: event.data,
        deliveries: page.items.map(showDelivery),
        next_cursor: nextCursor(page),
      } satisfies z.input<typeof eventAnswerSchema>;
      return { status: 200, body };
    },
  };
}
