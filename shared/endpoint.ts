import { ApiError } from './api-error.ts';
import { isHookId, isWebhookId } from './ids.ts';
import type { EndpointId } from './ids.ts';

/** Who receives events. The kinds share their ledger, and how what did not arrive is sent anew. */
export type EndpointKind = 'webhook' | 'hook';

/** What is known of a webhook or hook whatever its kind. */
export interface Endpoint {
  readonly tenant: string;
  readonly id: EndpointId;
  readonly enabled: boolean;
  /** Why the system disabled it. */
  readonly disabled_reason?: string | undefined;
}

/** Which kind an id is of; what is no id of an endpoint counts as a webhook's. */
export const kindOf = (id: string): EndpointKind => (isHookId(id) ? 'hook' : 'webhook');

/** An endpoint as answers name it: one of the two is null. */
export const showEndpoint = (id: EndpointId) => {
  const isHook = kindOf(id) === 'hook';
  return { webhook_id: isHook ? null : id, hook_id: isHook ? id : null };
};

const idTests: Readonly<Record<EndpointKind, (id: string) => boolean>> = {
  webhook: isWebhookId,
  hook: isHookId,
};
const isIdOf = (kind: EndpointKind, id: string): id is EndpointId => idTests[kind](id);

/** Undefined when there is none of that id, or none any more. */
export type FindEndpoint = (tenant: string, id: EndpointId) => Promise<Endpoint | undefined>;

/** Makes a `FindEndpoint` of the rows of each kind. */
export const createFindEndpoint =
  (
    rows: Readonly<Record<EndpointKind, { get(tenant: string, id: string): Promise<Endpoint | undefined> }>>,
  ): FindEndpoint =>
  (tenant, id) =>
    rows[kindOf(id)].get(tenant, id);

/** Finds the endpoint of a kind that a route names. Throws `ApiError` 404. */
export async function requireEndpoint(
  findEndpoint: FindEndpoint,
  kind: EndpointKind,
  { tenant, params }: { readonly tenant: string; readonly params: Readonly<Record<string, string>> },
): Promise<Endpoint> {
  const id = params['id'] ?? '';
  const endpoint = isIdOf(kind, id) ? await findEndpoint(tenant, id) : undefined;
  if (endpoint === undefined) throw endpointIsMissing(kind, id);
  return endpoint;
}

export const endpointIsMissing = (kind: EndpointKind, id: string): ApiError =>
  new ApiError('not_found', `There is no ${kind} "${id}". GET /api/v1/${kind}s lists those that exist.`);

/** The answer to a wish to send something to an endpoint that is disabled. */
export const endpointIsDisabled = (id: EndpointId): ApiError => {
  const kind = kindOf(id);
  return new ApiError(
    'conflict',
    `The ${kind} is disabled: POST /api/v1/${kind}s/${id}/enable first. {"replay": true} there sends what was parked meanwhile.`,
  );
};
