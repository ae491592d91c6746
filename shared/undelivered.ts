import type { Circuit } from './circuit.ts';
import type { Delivery, DeliveryState } from './delivery.ts';
import { isFinal } from './delivery.ts';
import { kindOf } from './endpoint.ts';
import type { EndpointKind } from './endpoint.ts';
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
  readonly method: 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What to do about what has not arrived. */
export interface Advice {
  readonly text: string;
  /** Undefined where no request helps. */
  readonly request: MendingRequest | undefined;
}

/** What there is to say of each kind of endpoint. */
const texts: Readonly<
  Record<EndpointKind, Readonly<Record<'deleted' | 'disabled' | 'pending' | 'givenUp', string>>>
> = {
  webhook: {
    deleted: 'The webhook was deleted: none of this will be sent.',
    disabled:
      'The webhook is disabled: see that its receiver works, then enable it; replay sends what was parked.',
    pending: 'All of this will be tried again by itself.',
    givenUp: 'See that the receiver works, by the test of its webhook, then send again what was given up.',
  },
  hook: {
    deleted: 'The hook was deleted: none of this will be run.',
    disabled:
      'The hook is disabled: mend its script, move the hook to it, then enable it; replay runs what was parked.',
    pending: 'All of this is being run, or will be.',
    givenUp:
      'Mend the script, move the hook to what you uploaded, try it by the test of the hook, then run again what was given up.',
  },
};

/** States in which nothing more happens by itself. */
const ended = ({ states }: UndeliveredGroup): readonly DeliveryState[] =>
  (Object.keys(states) as DeliveryState[]).filter(isFinal);

/**
 * Says what to do about a group.
 * @param endpoint undefined when it was deleted
 */
export function adviseUndelivered(group: UndeliveredGroup, endpoint: EndpointHealth | undefined): Advice {
  const kind = kindOf(group.endpointId);
  const text = texts[kind];
  const path = `/api/v1/${kind}s/${group.endpointId}`;
  if (endpoint === undefined) return { text: text.deleted, request: undefined };
  if (!endpoint.enabled) {
    return {
      text: text.disabled,
      request: { method: 'POST', path: `${path}/enable`, body: { replay: true } },
    };
  }
  const states = ended(group);
  if (states.length === 0) {
    return {
      text:
        endpoint.circuit === undefined
          ? text.pending
          : 'The receiver is left alone for a while; then one delivery tries it, and the others follow when it answers.',
      request: undefined,
    };
  }
  return {
    text: text.givenUp,
    request: {
      method: 'POST',
      path: `${path}/replay`,
      body: { since: group.oldest, until: group.newest, states },
    },
  };
}
