import * as z from 'zod';
import { catalogVersion, eventNames } from './catalog.ts';
import { audienceSchema } from './audience.ts';
import type { Audience } from './audience.ts';
import type { EventName } from './catalog.ts';

import { jsonText } from './json-text.ts';

/** Client-given ids become the `webhook-id` header, which Standard Webhooks wants without a dot. */
export const eventIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"');

/** An event as it travels: the `detail` on the bus and the body of queue messages. */
export const eventSchema = z.object({
  id: eventIdSchema,
  tenant: z.string().min(1),
  event_name: z.enum(eventNames),
  version: z.int(),
  /** When it was published, ISO 8601 in UTC with milliseconds. */
  timestamp: z.iso.datetime(),
  data: jsonText(z.record(z.string(), z.unknown())),
  /** Who listened when it was published; absent where the system itself publishes. */
  audience: audienceSchema.optional(),
});
export type CatalogEvent = z.infer<typeof eventSchema>;

/** Stamps an event for the bus. */
export function createEvent(
  fields: {
    id: string;
    tenant: string;
    eventName: EventName;
    data: Readonly<Record<string, unknown>>;
    audience?: Audience;
  },
  nowMs: number,
): CatalogEvent {
  return {
    id: fields.id,
    tenant: fields.tenant,
    event_name: fields.eventName,
    version: catalogVersion,
    timestamp: new Date(nowMs).toISOString(),
    data: { ...fields.data },
    ...(fields.audience === undefined ? {} : { audience: fields.audience }),
  };
}

/** The body that receivers get and that is signed: the original's four fields, in its order. */
export function renderBody(event: CatalogEvent): string {
  const { event_name, version, timestamp, data } = event;
  return JSON.stringify({ event_name, version, timestamp, data });
}

/** Names that an endpoint subscribes to: catalog names, or `*` alone for all. */
export type Subscription = readonly (EventName | '*')[];

export const matchesSubscription = (subscription: Subscription, name: EventName): boolean =>
  subscription.includes('*') || subscription.includes(name);
