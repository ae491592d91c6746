import type {
  Catalog,
  EventQuery,
  EventsPage,
  EventsQuery,
  FilterTest,
  FilterTested,
  NewEvent,
  NewProgress,
  Published,
  PublishedEvent,
} from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import { publishAll } from '../publish-all.ts';
import type { CallOptions } from '../send-request.ts';

const path = '/api/v1/events';

interface Dependencies {
  readonly call: CallRoute;
  readonly createId: () => string;
  /** Waits before what the bus did not take is sent again; false when that was tried often enough. */
  readonly waitToRepeat: (tries: number, options: CallOptions | undefined) => Promise<boolean>;
}

/** Events: publishing them, and what became of them. */
export const createEventRoutes = ({ call, createId, waitToRepeat }: Dependencies) => ({
  getCatalog: (options?: CallOptions) =>
    call<Catalog>({ method: 'GET', path: '/api/v1/events/catalog', requires: ['events'] }, options),

  /**
   * Publishes one event. It gets an id before it is sent, so that however often the request is repeated the event is
   * published once.
   */
  async publish(event: NewEvent, options?: CallOptions): Promise<{ readonly id: string }> {
    const id = event.id ?? createId();
    const { event_name, data } = event;
    await call<Published>(
      {
        method: 'POST',
        path,
        json: { event_name, data, id },
        isRepeatable: true,
        requires: ['ids', 'accepted'],
      },
      options,
    );
    return { id };
  },

  /**
   * Publishes any number of events, a hundred at a time, each with an id as `publish` does. What the bus did not take
   * is sent again; what is wrong is told of in `errors`, by its place, and keeps no other from being published. Throws
   * only when a whole request cannot be done.
   */
  publishMany: (events: readonly NewEvent[], options?: CallOptions): Promise<Published> =>
    publishAll(
      events.map(({ event_name, data, id }) => ({ event_name, data, id: id ?? createId() })),
      {
        publish: (json) =>
          call<Published>(
            { method: 'POST', path, json, isRepeatable: true, requires: ['ids', 'errors'] },
            options,
          ),
        waitToRepeat: (tries) => waitToRepeat(tries, options),
      },
    ),

  list: (query: EventsQuery = {}, options?: CallOptions) =>
    call<EventsPage>({ method: 'GET', path, query, requires: ['events'] }, options),

  get: (id: string, query: EventQuery = {}, options?: CallOptions) =>
    call<PublishedEvent>(
      { method: 'GET', path: pathOf`/api/v1/events/${id}`, query, requires: ['id', 'deliveries'] },
      options,
    ),

  /** Tells whether a filter lets an event through and, if not, where it differs. */
  testFilter: (fields: FilterTest, options?: CallOptions) =>
    call<FilterTested>(
      {
        method: 'POST',
        path: '/api/v1/filters/test',
        json: fields,
        isRepeatable: true,
        requires: ['matches'],
      },
      options,
    ),

  /** Tells live viewers, and nobody else, of a progress. */
  pushProgress: (progress: NewProgress, options?: CallOptions) =>
    call<{ readonly id: string }>(
      { method: 'POST', path: '/api/v1/progress', json: progress, isRepeatable: true, requires: ['id'] },
      options,
    ),
});
