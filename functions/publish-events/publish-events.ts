import { ApiError, renderError } from '../../shared/api-error.ts';
import type { Audience } from '../../shared/audience.ts';
import type { PublishClaims } from '../../shared/aws/publish-claims.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import { createEvent } from '../../shared/event.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { readEntry, splitRequest } from './read-entries.ts';
import type { Entry } from './read-entries.ts';

interface Dependencies {
  readonly publishEvents: PublishEvents;
  readonly findAudience: (tenant: string) => Promise<Audience>;
  readonly claims: PublishClaims;
  readonly createId: (nowMs: number) => string;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly now: () => number;
  readonly log: Log;
}

/** How often, and how long, to look whether another request has published the same id meanwhile. */
const looksMax = 20;
const lookPauseMs = 100;

/** An event that was taken; `isNew` when this request is to put it on the bus. */
interface Taken {
  readonly event: CatalogEvent;
  readonly isNew: boolean;
}

/** `POST /api/v1/events`: 202 with an id for each event, and an error for each that was not taken. */
export function createPublish(dependencies: Dependencies) {
  const { publishEvents, findAudience, claims, createId, pause, now, log } = dependencies;

  const read = (value: unknown): Entry | ApiError => {
    try {
      return readEntry(value);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  };

  const claim = async (event: CatalogEvent): Promise<Taken | ApiError> => {
    for (let look = 0; look < looksMax; look++) {
      const claimed = await claims.claim(event);
      if (claimed.kind === 'ours') return { event: { ...event, timestamp: claimed.timestamp }, isNew: true };
      if (claimed.kind === 'published') return { event, isNew: false };
      await pause(lookPauseMs);
    }
    return new ApiError('unavailable', 'Another request is publishing this id; send it again in a while.');
  };

  /**
   * An id of ours is new. One of the client's is published once a day, whoever sends it again, or at the same time.
   * What cannot be claimed is one event's error: were it thrown, the others of the request would stay claimed.
   */
  const claimOrRefuse = async (event: CatalogEvent): Promise<Taken | ApiError> => {
    try {
      return await claim(event);
    } catch (error) {
      log.error('id not claimed', { event_id: event.id, tenant: event.tenant, error });
      return new ApiError(
        'unavailable',
        'It could not be found out whether this id was published; send it again.',
      );
    }
  };

  const stamp = async (tenant: string, entries: readonly (Entry | ApiError)[]) => {
    if (entries.every((entry) => entry instanceof ApiError)) return entries;
    const audience = await findAudience(tenant);
    // An id tells its time, which leads to the event's row: one instant for both.
    const nowMs = now();
    const byId = new Map<string, Promise<Taken | ApiError>>();
    return Promise.all(
      entries.map(async (entry) => {
        if (entry instanceof ApiError) return entry;
        const id = entry.id ?? createId(nowMs);
        const event = createEvent({ ...entry, id, tenant, audience }, nowMs);
        if (entry.id === undefined) return { event, isNew: true };
        // The same id twice in one request is one event.
        const known = byId.get(id);
        if (known !== undefined) {
          const first = await known;
          return first instanceof ApiError ? first : { event: first.event, isNew: false };
        }
        const claimed = claimOrRefuse(event);
        byId.set(id, claimed);
        return claimed;
      }),
    );
  };

  const settle: PublishClaims['settle'] = async (events) => {
    if (events.length === 0) return;
    try {
      await claims.settle(events);
    } catch (error) {
      // Those on the bus go out once more should their ids come again, with the same timestamp: whoever delivers
      // knows them by that.
      log.warn('claims not settled', { failed: events.length, error });
    }
  };

  return async ({ tenant, body }: Pick<HttpRequest, 'tenant' | 'body'>): Promise<HttpAnswer> => {
    const request = parseJson(body);
    const entries = splitRequest(request).map(read);
    const stamped = await stamp(tenant, entries);
    const fresh = stamped.flatMap((item) => (!(item instanceof ApiError) && item.isNew ? item.event : []));
    const rejected = new Map(
      (await publishEvents(fresh)).map(({ event, reason }) => [event.id, reason] as const),
    );
    const givenIds = new Set(entries.flatMap((entry) => (entry instanceof ApiError ? [] : (entry.id ?? []))));
    await settle(
      fresh
        .filter(({ id }) => givenIds.has(id))
        .map((event) => ({ event, published: !rejected.has(event.id) })),
    );

    const results = stamped.map((item) => {
      if (item instanceof ApiError) return item;
      const reason = rejected.get(item.event.id);
      if (reason === undefined) return item.event;
      return new ApiError('unavailable', `The event bus did not take this event (${reason}); send it again.`);
    });
    const errors = results.flatMap((result, index) =>
      result instanceof ApiError ? [{ index, status: result.status, ...renderError(result) }] : [],
    );
    if (errors.length === results.length) throw refusal(results);
    return {
      status: 202,
      body: {
        ...(Array.isArray(request) ? {} : { id: firstId(results) }),
        ids: results.map((result) => (result instanceof ApiError ? null : result.id)),
        accepted: results.length - errors.length,
        failed: errors.length,
        errors,
      },
    };
  };
}

type Results = readonly (CatalogEvent | ApiError)[];

const firstId = ([first]: Results): string | null =>
  first === undefined || first instanceof ApiError ? null : first.id;

/** The error of a request of which nothing was published: that of its events, each named by its place. */
function refusal(results: Results): ApiError {
  const errors = results.filter((result) => result instanceof ApiError);
  const [first] = errors;
  if (first === undefined) return new ApiError('internal', 'No event was published.');
  if (errors.length === 1) return first;
  const isOutage = errors.some((error) => error.code === 'unavailable');
  const details = errors.flatMap((error, index) => [
    { field: `[${index}]`, message: error.message },
    ...error.details.map(({ field, message }) => ({ field: `[${index}].${field}`, message })),
  ]);
  return new ApiError(
    isOutage ? 'unavailable' : 'unprocessable',
    `None of the ${errors.length} events was published. The first: ${first.message}`,
    details,
  );
}
