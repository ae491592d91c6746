import type { NewEvent, Published } from './answers.ts';
import { SublarrEventsError } from './client-error.ts';
import { eventsPerRequestMax, requestBodyBytesMax } from '../shared/limits.ts';

type NamedEvent = NewEvent & { readonly id: string };
type PublishError = Published['errors'][number];

interface Placed {
  readonly event: NamedEvent;
  /** Its place among all of them. */
  readonly index: number;
}

interface Dependencies {
  /** Publishes at most a hundred. */
  readonly publish: (events: readonly NamedEvent[]) => Promise<Published>;
  /** Waits before what the bus did not take is sent again; false when that was tried often enough. */
  readonly waitToRepeat: (tries: number) => Promise<boolean>;
}

/** For the brackets and commas. */
const bodyMarginBytes = 1024;
const unavailableStatus = 503;

/** Parts that one request takes each. One event that is too large alone is a part of its own: the server refuses it. */
export function splitIntoRequests(placed: readonly Placed[]): readonly (readonly Placed[])[] {
  const parts: Placed[][] = [];
  let bytes = Infinity;
  for (const each of placed) {
    const size = Buffer.byteLength(JSON.stringify(each.event)) + 1;
    const last = parts.at(-1);
    if (
      last === undefined ||
      last.length === eventsPerRequestMax ||
      bytes + size > requestBodyBytesMax - bodyMarginBytes
    ) {
      parts.push([each]);
      bytes = size;
    } else {
      last.push(each);
      bytes += size;
    }
  }
  return parts;
}

/** The errors of a request by their places among all events; that of a request that took none is its own. */
async function publishPart(
  part: readonly Placed[],
  publish: Dependencies['publish'],
): Promise<readonly PublishError[]> {
  try {
    const { errors } = await publish(part.map(({ event }) => event));
    return errors.flatMap((error) => {
      const placed = part[error.index];
      return placed === undefined ? [] : { ...error, index: placed.index };
    });
  } catch (error) {
    if (!(error instanceof SublarrEventsError) || !isOfTheEvents(error)) throw error;
    const perEvent = part.map(({ index }, place) => ({
      index,
      status: error.status ?? 422,
      message: error.details.find(({ field }) => field === `[${place}]`)?.message ?? error.message,
    }));
    return perEvent;
  }
}

/** Whether a request was refused for what is in it. */
const isOfTheEvents = ({ status }: SublarrEventsError): boolean => status === 422 || status === 413;

/** Publishes all of them in as few requests as it takes, and what the bus did not take again. */
export async function publishAll(
  events: readonly NamedEvent[],
  { publish, waitToRepeat }: Dependencies,
): Promise<Published> {
  const errors = new Map<number, PublishError>();
  let placed: readonly Placed[] = events.map((event, index) => ({ event, index }));
  for (let tries = 1; placed.length > 0; tries++) {
    for (const part of splitIntoRequests(placed)) {
      for (const { index } of part) errors.delete(index);
      for (const error of await publishPart(part, publish)) errors.set(error.index, error);
    }
    placed = placed.filter(({ index }) => errors.get(index)?.status === unavailableStatus);
    if (placed.length > 0 && !(await waitToRepeat(tries))) break;
  }
  return {
    ids: events.map(({ id }, index) => (errors.has(index) ? null : id)),
    accepted: events.length - errors.size,
    failed: errors.size,
    errors: [...errors.values()].sort((a, b) => a.index - b.index),
  };
}
