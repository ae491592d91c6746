import { ApiError, renderError } from '../../shared/api-error.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import { createEvent } from '../../shared/event.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { readEntry, splitRequest } from './read-entries.ts';

interface Dependencies {
  readonly publishEvents: PublishEvents;
  readonly createId: (nowMs: number) => string;
  readonly now: () => number;
}

/** `POST /api/v1/events`: 202 with an id for each event, and an error for each that was not taken. */
export function createPublish({ publishEvents, createId, now }: Dependencies) {
  const stamp = (tenant: string, value: unknown): CatalogEvent | ApiError => {
    try {
      const entry = readEntry(value);
      return createEvent({ ...entry, id: entry.id ?? createId(now()), tenant }, now());
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  };

  return async ({ tenant, body }: Pick<HttpRequest, 'tenant' | 'body'>): Promise<HttpAnswer> => {
    const request = parseJson(body);
    const stamped = splitRequest(request).map((value) => stamp(tenant, value));
    // The same id twice in one request is one event.
    const events = new Map<string, CatalogEvent>();
    for (const item of stamped)
      if (!(item instanceof ApiError) && !events.has(item.id)) events.set(item.id, item);
    const rejected = new Map(
      (await publishEvents([...events.values()])).map(({ event, reason }) => [event.id, reason]),
    );

    const results = stamped.map((item) => {
      if (item instanceof ApiError) return item;
      const reason = rejected.get(item.id);
      if (reason === undefined) return item;
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
