import { createCountReplay } from '../../shared/count-replay.ts';
import { endpointIsDisabled, requireEndpoint } from '../../shared/endpoint.ts';
import type { EndpointKind, FindEndpoint } from '../../shared/endpoint.ts';
import { jobPath, viewJob } from '../../shared/job.ts';
import { readOptionalBody } from '../../shared/read-optional-body.ts';
import type { CountRows } from '../../shared/replay.ts';
import { replayFieldsSchema, toSelection } from '../../shared/replay-fields.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { StartReplay } from '../../shared/start-replay.ts';

interface Dependencies {
  readonly findEndpoint: FindEndpoint;
  readonly countRows: CountRows;
  readonly startReplay: StartReplay;
  readonly now: () => number;
}

/**
 * `POST /api/v1/webhooks/{id}/replay`, and the same of a hook: sends deliveries anew, or runs the script anew, as a job.
 */
export function createReplayEndpoint({ findEndpoint, countRows, startReplay, now }: Dependencies) {
  const countReplay = createCountReplay(countRows, now);
  return (kind: EndpointKind) =>
    async (request: HttpRequest): Promise<HttpAnswer> => {
      const fields = readOptionalBody(replayFieldsSchema, request.body);
      const { tenant, id: endpointId, enabled } = await requireEndpoint(findEndpoint, kind, request);
      if (!enabled) throw endpointIsDisabled(endpointId);
      const selection = toSelection(fields, now());
      if (fields.dry_run) return countReplay({ tenant, endpointId, selection }, request.remainingMs());
      const job = await startReplay({
        tenant,
        endpointId,
        selection,
        ratePerSecond: fields.rate_per_second,
      });
      return { status: 202, body: viewJob(job), headers: { location: jobPath(job.id) } };
    };
}
