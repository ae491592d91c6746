import type { EnableWebhook, Hook, Job, Replay, ReplayCount, Webhook } from '../answers.ts';
import { pathOf } from '../call-route.ts';
import type { CallRoute } from '../call-route.ts';
import type { CallOptions } from '../send-request.ts';
import type { EndpointKind } from '../../shared/endpoint.ts';

type Enable = Omit<EnableWebhook, 'dry_run'>;

/** How an endpoint is shown. */
export interface Shown {
  readonly webhook: Webhook;
  readonly hook: Hook;
}

/** What a replay of webhooks and one of hooks have in common, which is all of it. */
export const createReplayRoutes = <Kind extends EndpointKind>(call: CallRoute, kind: Kind) => {
  const collection = `${kind}s`;
  const enablePath = (id: string): string => pathOf`/api/v1/${collection}/${id}/enable`;
  const replayPath = (id: string): string => pathOf`/api/v1/${collection}/${id}/replay`;
  return {
    /** Enables it as good as new; with `replay`, what was parked meanwhile is sent or run by `job`. */
    enable: (id: string, fields: Enable = {}, options?: CallOptions) =>
      call<Pick<Shown, Kind> & { readonly job: Job | null }>(
        {
          method: 'POST',
          path: enablePath(id),
          json: fields,
          isRepeatable: fields.replay !== true,
          requires: ['job'],
        },
        options,
      ),

    /** Counts what `enable` with `replay` would send or run, and leaves it disabled. */
    countParked: (id: string, options?: CallOptions) =>
      call<ReplayCount>(
        {
          method: 'POST',
          path: enablePath(id),
          json: { replay: true, dry_run: true },
          isRepeatable: true,
          requires: ['total'],
        },
        options,
      ),

    /** Sends deliveries, or runs the script, anew, as a job. */
    replay: (id: string, fields: Replay = {}, options?: CallOptions) =>
      call<Job>({ method: 'POST', path: replayPath(id), json: fields, requires: ['id', 'state'] }, options),

    /** Counts what `replay` would send or run. */
    countReplay: (id: string, fields: Replay = {}, options?: CallOptions) =>
      call<ReplayCount>(
        {
          method: 'POST',
          path: replayPath(id),
          json: { ...fields, dry_run: true },
          isRepeatable: true,
          requires: ['total'],
        },
        options,
      ),
  };
};
