import { ApiError } from '../../shared/api-error.ts';
import type { FindEvent } from '../../shared/aws/find-event.ts';
import { catalogVersion } from '../../shared/catalog.ts';
import { compileFilter } from '../../shared/filter-fields.ts';
import { filterTestSchema } from '../../shared/filter-test-fields.ts';
import type { GivenEvent } from '../../shared/filter-test-fields.ts';
import { ledgerRetentionDays } from '../../shared/limits.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';

interface Dependencies {
  readonly findEvent: FindEvent;
  readonly createEventId: (nowMs: number) => string;
  readonly now: () => number;
}

/** `POST /api/v1/filters/test`: whether a filter lets an event through and, if not, where it differs. */
export function createTestFilter({ findEvent, createEventId, now }: Dependencies) {
  const stamp = (given: GivenEvent) => ({
    id: given.id ?? createEventId(now()),
    event_name: given.event_name,
    version: given.version ?? catalogVersion,
    timestamp: given.timestamp ?? new Date(now()).toISOString(),
    data: given.data,
  });

  const requireEvent = async (tenant: string, eventId: string) => {
    const found = await findEvent(tenant, eventId);
    if (found === undefined) {
      throw new ApiError(
        'not_found',
        `There is no event "${eventId}"; events are kept for ${ledgerRetentionDays} days.`,
      );
    }
    const { id, event_name, version, timestamp, data } = found;
    return { id, event_name, version, timestamp, data };
  };

  return async ({ tenant, body }: HttpRequest): Promise<HttpAnswer> => {
    const { filter, event: given, event_id: id = '' } = parseFields(filterTestSchema, parseJson(body));
    const event = given === undefined ? await requireEvent(tenant, id) : stamp(given);
    const mismatches = compileFilter(JSON.parse(filter)).findMismatches(event);
    return { status: 200, body: { matches: mismatches.length === 0, mismatches, event } };
  };
}
