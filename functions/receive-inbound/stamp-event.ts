import type { Audience } from '../../shared/audience.ts';
import type { EventName } from '../../shared/catalog.ts';
import { createEvent } from '../../shared/event.ts';
import type { CatalogEvent } from '../../shared/event.ts';

/** Makes an event, published at `nowMs`, for whoever listens to a tenant. */
export type StampEvent = (
  tenant: string,
  fields: { id: string; eventName: EventName; data: Readonly<Record<string, unknown>> },
  nowMs: number,
) => Promise<CatalogEvent>;

export function createStampEvent(dependencies: {
  readonly findAudience: (tenant: string) => Promise<Audience>;
}): StampEvent {
  return async (tenant, fields, nowMs) => {
    const audience = await dependencies.findAudience(tenant);
    return createEvent({ ...fields, tenant, audience }, nowMs);
  };
}
