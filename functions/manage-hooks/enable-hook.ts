import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import { createEnableEndpoint } from '../../shared/enable-endpoint.ts';
import type { EnableDependencies } from '../../shared/enable-endpoint.ts';
import { endpointIsMissing } from '../../shared/endpoint.ts';
import { viewHook } from '../../shared/hook.ts';
import type { Hook } from '../../shared/hook.ts';
import type { HttpRequest } from '../../shared/runtime/http.ts';
import { requireHook } from './manage-hooks.ts';

interface Dependencies extends EnableDependencies {
  readonly hooks: Pick<ConfigRows<Hook>, 'get' | 'update'>;
}

/** `POST /api/v1/hooks/{id}/enable`: with `replay`, what was parked meanwhile is run, as a job. */
export const createEnableHook = ({ hooks, now, ...dependencies }: Dependencies) =>
  createEnableEndpoint({
    ...dependencies,
    now,
    kind: 'hook',
    find: (request: HttpRequest) => requireHook(hooks, request),
    async enable({ tenant, id }) {
      const enabled = await hooks.update(tenant, id, {
        enabled: true,
        consecutive_failures: 0,
        disabled_reason: undefined,
        updated_at: new Date(now()).toISOString(),
      });
      if (enabled === undefined) throw endpointIsMissing('hook', id);
      return enabled;
    },
    view: viewHook,
  });
