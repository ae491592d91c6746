import * as z from 'zod';
import { eventNames } from './catalog.ts';
import { deliveryStates } from './delivery.ts';
import type { HookId, WebhookId } from './ids.ts';
import { isHookId, isWebhookId } from './ids.ts';
import { instantSchema } from './instant.ts';
import { pageFields } from './list-query.ts';

const rangeFields = {
  /** Published at that time or later. */
  since: instantSchema.optional(),
  /** Published at that time or before. */
  until: instantSchema.optional(),
};

const endpointFields = {
  hook_id: z
    .custom<HookId>((id) => typeof id === 'string' && isHookId(id), 'must be a hook id (hk_…)')
    .optional(),
  webhook_id: z
    .custom<WebhookId>((id) => typeof id === 'string' && isWebhookId(id), 'must be a webhook id (wh_…)')
    .optional(),
};

interface Range {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}
const isOrdered = ({ since, until }: Range): boolean =>
  since === undefined || until === undefined || since <= until;
const orderedRange = { path: ['until'], message: 'must not be before since' };

interface Endpoints {
  readonly hook_id?: HookId | undefined;
  readonly webhook_id?: WebhookId | undefined;
}
const isOneEndpoint = ({ hook_id, webhook_id }: Endpoints): boolean =>
  hook_id === undefined || webhook_id === undefined;
const oneEndpoint = {
  path: ['webhook_id'],
  message: 'cannot be given together with hook_id: a row has one of the two',
};

/** `GET /api/v1/hooks/logs` */
export const logQuerySchema = z
  .strictObject({
    ...pageFields,
    ...rangeFields,
    ...endpointFields,
    event_name: z.enum(eventNames).optional(),
    success: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
  })
  .refine(isOneEndpoint, oneEndpoint)
  .refine(isOrdered, orderedRange);

/** `GET /api/v1/events` */
export const eventsQuerySchema = z
  .strictObject({
    ...pageFields,
    ...rangeFields,
    name: z.enum(eventNames).optional(),
    state: z.enum([...deliveryStates, 'unmatched']).optional(),
  })
  .refine(isOrdered, orderedRange);

/** `GET /api/v1/events/{id}`: a page of what became of the event. */
export const eventQuerySchema = z.strictObject(pageFields);

/** `GET /api/v1/deliveries` */
export const deliveriesQuerySchema = z
  .strictObject({
    ...pageFields,
    ...rangeFields,
    ...endpointFields,
    event_name: z.enum(eventNames).optional(),
    state: z.enum(deliveryStates).optional(),
    status_code: z
      .string()
      .regex(/^[1-5]\d\d$/, 'must be an HTTP status such as 503')
      .transform(Number)
      .optional(),
  })
  .refine(isOneEndpoint, oneEndpoint)
  .refine(isOrdered, orderedRange);

/** `GET /api/v1/undelivered` */
export const undeliveredQuerySchema = z
  .strictObject({ ...pageFields, ...rangeFields })
  .refine(isOrdered, orderedRange);
