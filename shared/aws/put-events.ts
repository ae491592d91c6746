import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventSource } from '../catalog.ts';
import type { CatalogEvent } from '../event.ts';
import { mergeInFlight } from '../merge-in-flight.ts';
import { putEventsBytesMax, putEventsEntriesMax } from '../limits.ts';
import type { EventBridgeClient } from './clients.ts';
import { retryRest } from './retry-rest.ts';
import type { Pause } from './retry-rest.ts';

interface Entry {
  readonly event: CatalogEvent;
  readonly detail: string;
  readonly bytes: number;
  readonly reason: string;
}

/** An event that the bus did not take, and its error code. */
export interface RejectedEvent {
  readonly event: CatalogEvent;
  readonly reason: string;
}

/** What an entry's `Time` counts for, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const timeBytes = 14;

const toEntry = (event: CatalogEvent): Entry => {
  const detail = JSON.stringify(event);
  const bytes = Buffer.byteLength(detail) + eventSource.length + event.event_name.length + timeBytes;
  return { event, detail, bytes, reason: '' };
};

function splitIntoCalls(entries: readonly Entry[]): Entry[][] {
  const calls: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = calls.at(-1);
    if (
      last === undefined ||
      last.length === putEventsEntriesMax ||
      bytes + entry.bytes > putEventsBytesMax
    ) {
      calls.push([entry]);
      bytes = entry.bytes;
    } else {
      last.push(entry);
      bytes += entry.bytes;
    }
  }
  return calls;
}

/** Puts events on the bus and answers those that it did not take, after retries of single failed entries. */
export type PublishEvents = (events: readonly CatalogEvent[]) => Promise<readonly RejectedEvent[]>;

/**
 * One call at a time: events that come while one is under way go out together after it, so that many requests in
 * one process fill their batches. Each caller gets the rejections of its own events.
 */
export function joinPublishing(publish: PublishEvents): PublishEvents {
  const joined = mergeInFlight<readonly CatalogEvent[], readonly RejectedEvent[]>(
    (_, events) => publish(events),
    (earlier, later) => [...earlier, ...later],
  );
  return async (events) => {
    if (events.length === 0) return [];
    const own = new Set(events);
    return (await joined('', events)).filter(({ event }) => own.has(event));
  };
}

/** Makes a `PublishEvents` for one bus. */
export function createPublishEvents(
  eventBridge: EventBridgeClient,
  busName: string,
  pause?: Pause,
): PublishEvents {
  const putOnce = async (entries: readonly Entry[]): Promise<readonly Entry[]> => {
    const answer = await eventBridge.send(
      new PutEventsCommand({
        Entries: entries.map(({ event, detail }) => ({
          EventBusName: busName,
          Source: eventSource,
          DetailType: event.event_name,
          Detail: detail,
          Time: new Date(event.timestamp),
        })),
      }),
    );
    if (!answer.FailedEntryCount) return [];
    return entries.flatMap((entry, index) => {
      const reason = answer.Entries?.[index]?.ErrorCode;
      return reason === undefined ? [] : { ...entry, reason };
    });
  };
  // A whole call that fails is one more way for its entries to fail: the other calls' entries are on the bus.
  const putCall = async (entries: readonly Entry[]): Promise<readonly Entry[]> => {
    try {
      return await putOnce(entries);
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'UnknownError';
      return entries.map((entry) => ({ ...entry, reason }));
    }
  };
  return async (events) => {
    const rests = await Promise.all(
      splitIntoCalls(events.map(toEntry)).map((call) => retryRest(call, putCall, pause)),
    );
    return rests.flat().map(({ event, reason }) => ({ event, reason }));
  };
}
