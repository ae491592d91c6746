import { createCountReplay } from './count-replay.ts';
import type { Endpoint, EndpointKind } from './endpoint.ts';
import { jobPath, viewJob } from './job.ts';
import { readOptionalBody } from './read-optional-body.ts';
import type { CountRows } from './replay.ts';
import { enableFieldsSchema, parkedUntil } from './replay-fields.ts';
import type { StartReplay } from './start-replay.ts';

/** An event that met the endpoint while it was disabled is written down as parked by then. */
const settleSeconds = 2;

/** What is needed whatever the kind of the endpoint. */
export interface EnableDependencies {
  readonly countRows: CountRows;
  readonly startReplay: StartReplay;
  readonly now: () => number;
}

/**
 * `POST /api/v1/webhooks/{id}/enable`, and the same of a hook: enables it as good as new; with `replay`, what was parked
 * meanwhile is sent, as a job.
 */
export function createEnableEndpoint<
  Found extends Pick<Endpoint, 'tenant' | 'id'>,
  Request extends { readonly body: string | undefined; readonly remainingMs: () => number },
>({
  kind,
  find,
  enable,
  view,
  countRows,
  startReplay,
  now,
}: EnableDependencies & {
  readonly kind: EndpointKind;
  /** Throws `ApiError` 404. */
  readonly find: (request: Request) => Promise<Found>;
  /** Its owner says that the receiver or the script is mended. Throws `ApiError` 404. */
  readonly enable: (endpoint: Found) => Promise<Found>;
  readonly view: (endpoint: Found) => unknown;
}) {
  const countReplay = createCountReplay(countRows, now);
  return async (request: Request) => {
    const { replay, dry_run, rate_per_second } = readOptionalBody(enableFieldsSchema, request.body);
    const endpoint = await find(request);
    const { tenant, id: endpointId } = endpoint;
    if (dry_run) {
      return countReplay({ tenant, endpointId, selection: parkedUntil(now()) }, request.remainingMs());
    }
    const shown = view(await enable(endpoint));
    if (!replay) return { status: 200, body: { [kind]: shown, job: null } };
    const job = await startReplay(
      { tenant, endpointId, selection: parkedUntil(now()), ratePerSecond: rate_per_second },
      settleSeconds,
    );
    return {
      status: 202,
      body: { [kind]: shown, job: viewJob(job) },
      headers: { location: jobPath(job.id) },
    };
  };
}
