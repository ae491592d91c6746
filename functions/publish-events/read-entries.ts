import { ApiError } from '../../shared/api-error.ts';
import {
  findPayloadProblems,
  isEventName,
  isMetaEvent,
  publishableEventNames,
} from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import { eventsPerRequestMax } from '../../shared/limits.ts';
import { parseFields } from '../../shared/parse-request.ts';
import { publishEntrySchema } from '../../shared/publish-fields.ts';
import { requireEventSize } from '../../shared/require-event-size.ts';

/** An event that may be published. */
export interface Entry {
  readonly eventName: EventName;
  readonly data: Readonly<Record<string, unknown>>;
  readonly id: string | undefined;
}

const known = `Known events: ${publishableEventNames.join(', ')}.`;

/** Checks one event against the catalog. Throws `ApiError` 422, or 413 for one that is too large. */
export function readEntry(value: unknown): Entry {
  const { event_name: name, data, id } = parseFields(publishEntrySchema, value);
  if (!isEventName(name)) {
    throw new ApiError('unprocessable', `"${name}" is no catalog event. ${known}`, [
      { field: 'event_name', message: 'is no catalog event' },
    ]);
  }
  if (isMetaEvent(name)) {
    throw new ApiError('unprocessable', `"${name}" is published by the system itself. ${known}`, [
      { field: 'event_name', message: 'cannot be published from outside' },
    ]);
  }
  const details = findPayloadProblems(name, data).map(({ key, expected }) => ({
    field: `data.${key}`,
    message: `must be of type ${expected}`,
  }));
  if (details.length > 0) {
    const named = details.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new ApiError('unprocessable', `The data of ${name} does not fit the catalog: ${named}.`, details);
  }
  requireEventSize(data);
  return { eventName: name, data, id };
}

/** Splits a request into its events. Throws `ApiError` 422 when it is neither one event nor 1 to 100 of them. */
export function splitRequest(body: unknown): readonly unknown[] {
  if (!Array.isArray(body)) return [body];
  if (body.length === 0) throw new ApiError('unprocessable', 'The array holds no event.');
  if (body.length > eventsPerRequestMax) {
    throw new ApiError(
      'unprocessable',
      `The array holds ${body.length} events; send at most ${eventsPerRequestMax} in one request.`,
    );
  }
  return body;
}
