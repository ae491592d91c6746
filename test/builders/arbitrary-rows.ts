import * as fc from 'fast-check';
import { deliveryStates } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import { createDeliveryId } from '../../shared/delivery.ts';
import type { EndpointId } from '../../shared/ids.ts';
import { aDelivery, anAttempt } from './a-delivery.ts';
import { anEvent, noonMs } from './an-event.ts';

export const someEndpoints: readonly EndpointId[] = ['wh_A', 'wh_B', 'hk_A'];
export const someNames = ['subtitle_downloaded', 'config_updated'] as const;
export const someStatuses = [200, 503] as const;

/** `ms` milliseconds after noon. */
export const afterNoon = (ms: number): string => new Date(noonMs + ms).toISOString();

/** Few times and ids of mixed case, so that many rows differ only where a locale's order is not that of bytes. */
const arbitraryEvent = fc.record({
  ms: fc.integer({ min: 0, max: 3 }),
  id: fc.stringMatching(/^[aAbB_09-]{1,3}$/),
  name: fc.constantFrom(...someNames),
});

/** Events and what became of each at some endpoints. */
export const arbitraryRows = fc.uniqueArray(
  fc.record({
    event: arbitraryEvent,
    endpoints: fc.uniqueArray(
      fc.record({
        endpoint: fc.constantFrom(...someEndpoints),
        state: fc.constantFrom(...deliveryStates),
        status: fc.constantFrom(...someStatuses),
      }),
      { maxLength: 3, selector: ({ endpoint }) => endpoint },
    ),
  }),
  { maxLength: 14, selector: ({ event: { ms, id } }) => `${ms}#${id}` },
);
export type Rows = typeof arbitraryRows extends fc.Arbitrary<infer Value> ? Value : never;

/** Bounds so tight that most reads end at them. */
export const tightBounds = fc.record({
  rowsPerPage: fc.integer({ min: 1, max: 4 }),
  pages: fc.integer({ min: 1, max: 3 }),
});

export const arbitraryRange = fc.record({
  since: fc.option(fc.integer({ min: 0, max: 3 }).map(afterNoon), { nil: undefined }),
  until: fc.option(fc.integer({ min: 0, max: 3 }).map(afterNoon), { nil: undefined }),
});

export const isWithin = (
  timestamp: string,
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
): boolean => (since === undefined || timestamp >= since) && (until === undefined || timestamp <= until);

export const toEvents = (tenant: string, rows: Rows) =>
  rows.map(({ event: { ms, id, name }, endpoints }) => ({
    event: anEvent({ tenant, id, timestamp: afterNoon(ms), event_name: name }),
    matched: endpoints.filter(({ endpoint, state }) => endpoint.startsWith('wh_') && state !== 'filtered')
      .length,
  }));

export const toDeliveries = (tenant: string, rows: Rows): Delivery[] =>
  rows.flatMap(({ event: { ms, id, name }, endpoints }) =>
    endpoints.map(({ endpoint, state, status }) =>
      aDelivery({
        id: createDeliveryId(anEvent({ id, timestamp: afterNoon(ms) }), endpoint),
        tenant,
        event_id: id,
        event_timestamp: afterNoon(ms),
        endpoint_id: endpoint,
        event_name: name,
        state,
        attempts: [anAttempt({ status })],
      }),
    ),
  );

/** In the order of bytes, the greatest first. */
export const newestFirst = (keys: readonly string[]): string[] =>
  keys.toSorted((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a)));
