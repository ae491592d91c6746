import * as z from 'zod';
import { eventNames } from './catalog.ts';
import { circuitSchema } from './circuit.ts';
import { deliverySchema, deliveryStates } from './delivery.ts';

/** How many deliveries and runs are in a state; states without any are left out. */
const stateCountsSchema = z.partialRecord(z.enum(deliveryStates), z.int());

const nextCursorSchema = z.string().nullable();

/** A webhook or a hook; one of the two ids is null. */
const endpointFields = {
  hook_type: z.enum(['webhook', 'script']),
  webhook_id: z.string().nullable(),
  hook_id: z.string().nullable(),
  name: z.string(),
};

/** A delivery or run with all of its attempts. */
export const shownDeliverySchema = deliverySchema
  .omit({ tenant: true, endpoint_id: true, endpoint_name: true })
  .extend({
    ...endpointFields,
    /** Null while it is under way. */
    success: z.boolean().nullable(),
    attempt_count: z.int(),
    triggered_at: z.string(),
    /** Of the last attempt, as all that follows. */
    status: z.int().nullable(),
    exit_code: z.int().nullable(),
    error: z.string().nullable(),
    error_class: z.string().nullable(),
    duration_ms: z.number().nullable(),
  });

/** `GET /api/v1/deliveries`: without what the attempts came to each. */
export const deliveriesAnswerSchema = z.object({
  deliveries: z.array(shownDeliverySchema.omit({ attempts: true })),
  next_cursor: nextCursorSchema,
});

const eventFields = {
  id: z.string(),
  event_name: z.enum(eventNames),
  version: z.int(),
  timestamp: z.string(),
  /** Webhooks that were to get it when it was published. */
  matched: z.int(),
  /** What became of it. */
  summary: z.object({
    states: stateCountsSchema,
    /** Whether it has more deliveries than were counted. */
    truncated: z.boolean(),
  }),
};

/** `GET /api/v1/events` */
export const eventsAnswerSchema = z.object({
  events: z.array(z.object(eventFields)),
  next_cursor: nextCursorSchema,
});

/** `GET /api/v1/events/{id}` */
export const eventAnswerSchema = z.object({
  ...eventFields,
  data: z.record(z.string(), z.unknown()),
  deliveries: z.array(shownDeliverySchema),
  /** Leads to more deliveries of the event. */
  next_cursor: nextCursorSchema,
});

/** `GET /api/v1/undelivered` */
export const undeliveredAnswerSchema = z.object({
  endpoints: z.array(
    z.object({
      ...endpointFields,
      /** Whether the webhook or hook is no more. */
      deleted: z.boolean(),
      /** Where a webhook leads, such as `media.example:8443`. */
      url_host: z.string().nullable(),
      enabled: z.boolean().nullable(),
      disabled_reason: z.string().nullable(),
      /** Present while the endpoint is left alone. */
      circuit: circuitSchema.pick({ reason: true }).extend({ until: z.string() }).nullable(),
      total: z.int(),
      states: stateCountsSchema,
      /** When the first and the last of these events were published. */
      oldest: z.string(),
      newest: z.string(),
      /** Why the one was not delivered to which something happened last, and when that was. */
      last_error: z.string().nullable(),
      last_error_class: z.string().nullable(),
      last_status: z.int().nullable(),
      last_delivery_id: z.string().nullable(),
      last_at: z.string(),
      next_retry_at: z.string().nullable(),
      /** What to do, and the request that does it; null where none helps. */
      advice: z.string(),
      request: z
        .object({
          method: z.literal('POST'),
          path: z.string(),
          body: z.record(z.string(), z.unknown()).optional(),
        })
        .nullable(),
    }),
  ),
  /** Whether there is more than was counted: `next_cursor` goes on with older events, perhaps at the same endpoints. */
  truncated: z.boolean(),
  next_cursor: nextCursorSchema,
});
