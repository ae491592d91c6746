import type { EventPattern } from './event-pattern.ts';
import { EventPatternError } from './event-pattern.ts';
import type { CatalogEvent, Subscription } from './event.ts';
import { matchesSubscription } from './event.ts';
import { compileFilter } from './filter-fields.ts';

/** What an endpoint wants to hear of. */
interface Listener {
  readonly event_names: Subscription;
  /** An event pattern as JSON text; all events of its names when there is none. */
  readonly filter?: string | undefined;
}

/** Whether an event concerns an endpoint. */
export type EndpointMatch =
  | { readonly kind: 'wanted' }
  /** It did not subscribe to events of this name. */
  | { readonly kind: 'unsubscribed' }
  /** It subscribed, and its filter keeps the event out. */
  | { readonly kind: 'filtered'; readonly reason: string };

const wanted: EndpointMatch = { kind: 'wanted' };
const unsubscribed: EndpointMatch = { kind: 'unsubscribed' };

/**
 * Filters stay compiled up to this many field tests in all, some 50 MB: a filter commonly has a handful of them, and
 * with every combination of `$or` one may have 300 000.
 */
const compiledSizeMax = 200_000;
const reasonCharactersMax = 500;

/** By text: the lists of endpoints are read anew all the time, and hardly ever change. */
const compiled = new Map<string, EventPattern>();
let compiledSize = 0;

function compileOnce(filter: string): EventPattern {
  const known = compiled.get(filter);
  if (known !== undefined) return known;
  const pattern = compileFilter(JSON.parse(filter));
  for (const [oldest, { size }] of compiled) {
    if (compiledSize + pattern.size <= compiledSizeMax) break;
    compiled.delete(oldest);
    compiledSize -= size;
  }
  compiled.set(filter, pattern);
  compiledSize += pattern.size;
  return pattern;
}

function explain(filter: string, event: CatalogEvent): string | undefined {
  try {
    const mismatches = compileOnce(filter).findMismatches(event);
    if (mismatches.length === 0) return undefined;
    return mismatches
      .map(({ message }) => message)
      .join('; or ')
      .slice(0, reasonCharactersMax)
      .toWellFormed();
  } catch (error) {
    // Filters are checked when they are set. One that a later release no longer takes must not hold up the others.
    if (error instanceof EventPatternError)
      return `the filter is not valid: ${error.message}; set it anew`.slice(0, reasonCharactersMax);
    throw error;
  }
}

/** Decides whether an endpoint wants an event, and says why not when only its filter stands in the way. */
export function matchEndpoint({ event_names, filter }: Listener, event: CatalogEvent): EndpointMatch {
  if (!matchesSubscription(event_names, event.event_name)) return unsubscribed;
  const reason = filter === undefined ? undefined : explain(filter, event);
  return reason === undefined ? wanted : { kind: 'filtered', reason };
}
