import type { Circuit } from './circuit.ts';
import type { Delivery, DeliveryState } from './delivery.ts';
import { isFinal } from './delivery.ts';
import { isHookId } from './ids.ts';
import type { EndpointId } from './ids.ts';

/** What the list needs to know of a delivery or run that has not arrived. */
export type UndeliveredRow = Pick<
  Delivery,
  | 'tenant'
  | 'event_id'
  | 'event_timestamp'
  | 'endpoint_id'
  | 'endpoint_name'
  | 'state'
  | 'retrying_until'
  | 'updated_at'
>;

/** What has not arrived at one endpoint. */
export interface UndeliveredGroup {
  readonly endpointId: EndpointId;
  /** The endpoint's name when the newest of them was sent. */
  readonly name: string;
  readonly states: Readonly<Partial<Record<DeliveryState, number>>>;
  readonly total: number;
  /** When the first and the last of these events were published, ISO 8601. */
  readonly oldest: string;
  readonly newest: string;
  /** When the next of them is due, ISO 8601; undefined when none is to be tried again by itself. */
  readonly nextRetryAt: string | undefined;
  /** The one to which something happened last. */
  readonly last: UndeliveredRow;
}

/**
 * Gathers rows by endpoint, in the order in which the endpoints turn up first.
 * @param rows newest event first
 * @returns groups of at most `groupsMax` endpoints, and how many of the rows are in them: the first of another
 * endpoint, and all after it, are left out
 */
export function groupUndelivered(
  rows: readonly UndeliveredRow[],
  groupsMax: number,
): { readonly groups: readonly UndeliveredGroup[]; readonly taken: number } {
  const byEndpoint = new Map<EndpointId, UndeliveredRow[]>();
  let taken = 0;
  for (const row of rows) {
    const its = byEndpoint.get(row.endpoint_id) ?? [];
    if (its.length === 0 && byEndpoint.size === groupsMax) break;
    byEndpoint.set(row.endpoint_id, its);
    its.push(row);
    taken++;
  }
  return { groups: Array.from(byEndpoint, ([endpointId, its]) => sumUp(endpointId, its)), taken };
}

function sumUp(endpointId: EndpointId, rows: readonly UndeliveredRow[]): UndeliveredGroup {
  const [first, ...others] = rows;
  if (first === undefined) throw new Error(`No row of ${endpointId} to sum up`);
  const retries = rows.flatMap(({ retrying_until }) => retrying_until ?? []);
  const byState = Map.groupBy(rows, ({ state }) => state);
  return {
    endpointId,
    name: first.endpoint_name,
    states: Object.fromEntries(Array.from(byState, ([state, its]) => [state, its.length])),
    total: rows.length,
    oldest: others.at(-1)?.event_timestamp ?? first.event_timestamp,
    newest: first.event_timestamp,
    nextRetryAt: retries.length === 0 ? undefined : retries.reduce((a, b) => (a < b ? a : b)),
    last: others.reduce((latest, row) => (row.updated_at > latest.updated_at ? row : latest), first),
  };
}

/** What of a webhook or hook decides how to go on. */
export interface EndpointHealth {
  readonly enabled: boolean;
  readonly circuit?: Circuit | undefined;
}

/** A request of this API. */
export interface MendingRequest {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What to do about what has not arrived. */
export interface Advice {
  readonly text: string;
  /** Undefined where no request helps. */
  readonly request: MendingRequest | undefined;
}

/**
 * Says what to do about a group.
 * @param endpoint undefined when it was deleted
 */
export function adviseUndelivered(group: UndeliveredGroup, endpoint: EndpointHealth | undefined): Advice {
  return isHookId(group.endpointId) ? adviseForHook(group, endpoint) : adviseForWebhook(group, endpoint);
}

/** States in which nothing more happens by itself. */
const ended = ({ states }: UndeliveredGroup): readonly DeliveryState[] =>
  (Object.keys(states) as DeliveryState[]).filter(isFinal);

function adviseForWebhook(group: UndeliveredGroup, webhook: EndpointHealth | undefined): Advice {
  const path = `/api/v1/webhooks/${group.endpointId}`;
  if (webhook === undefined) {
    return { text: 'The webhook was deleted: none of this will be sent.', request: undefined };
  }
  if (!webhook.enabled) {
    return {
      text: 'The webhook is disabled: see that its receiver works, then enable it; replay sends what was parked.',
      request: { method: 'POST', path: `${path}/enable`, body: { replay: true } },
    };
  }
  const states = ended(group);
  if (states.length === 0) {
    return {
      text:
        webhook.circuit === undefined
          ? 'All of this will be tried again by itself.'
          : 'The receiver is left alone for a while; then one delivery tries it, and the others follow when it answers.',
      request: undefined,
    };
  }
  return {
    text: 'See that the receiver works, by the test of its webhook, then send again what was given up.',
    request: {
      method: 'POST',
      path: `${path}/replay`,
      body: { since: group.oldest, until: group.newest, states },
    },
  };
}

function adviseForHook(group: UndeliveredGroup, hook: EndpointHealth | undefined): Advice {
  const path = `/api/v1/hooks/${group.endpointId}`;
  if (hook === undefined)
    return { text: 'The hook was deleted: none of this will be run.', request: undefined };
  if (!hook.enabled) {
    return {
      text: 'The hook is disabled: enable it. What was parked meanwhile stays so.',
      request: { method: 'PUT', path, body: { enabled: true } },
    };
  }
  if (ended(group).length === 0) {
    return { text: 'All of this is being run, or will be.', request: undefined };
  }
  return {
    text: 'Mend the script, pin the hook to what you uploaded, then run the test. Runs that failed are not repeated.',
    request: { method: 'POST', path: `${path}/test` },
  };
}
