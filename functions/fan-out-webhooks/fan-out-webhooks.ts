import type { Context } from 'aws-lambda';
import type { LoggedEvent } from '../../shared/aws/ledger.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { isMetaEvent } from '../../shared/catalog.ts';
import { createDelivery } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { matchEndpoint } from '../../shared/match-endpoint.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { Collectable } from './collect-digests.ts';
import type { FanOutMessage } from './fan-out-message.ts';

/** What of a webhook decides whether it gets an event. */
export type Subscriber = Pick<Webhook, 'id' | 'name' | 'event_names' | 'filter' | 'coalesce' | 'enabled'>;

export const toSubscriber = ({ id, name, event_names, filter, coalesce, enabled }: Webhook): Subscriber => ({
  id,
  name,
  event_names,
  filter,
  coalesce,
  enabled,
});

interface Dependencies {
  /** Sorted by id; may answer from memory, but nothing older than that version of the tenant's audience. */
  readonly listSubscribers: (tenant: string, version: number | undefined) => Promise<readonly Subscriber[]>;
  readonly putEvents: (events: readonly LoggedEvent[]) => Promise<void>;
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** For rows that may be there already. */
  readonly advanceDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Answers the messages that could not be queued. */
  readonly queueDeliveries: <Message extends QueueMessage>(
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  /** For webhooks that want their events gathered; answers those that must come again. */
  readonly collectDigests: <Match extends Collectable>(
    matches: readonly Match[],
  ) => Promise<readonly Match[]>;
  /** Queues the rest of an event for another invocation. Throws when it could not. */
  readonly queueRest: (message: { readonly event: CatalogEvent; readonly after: string }) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/** Messages made at a time: an event of 256 KB to 10 000 webhooks must not stand in memory 10 000 times. */
const messagesAtATime = 100;
/** What is begun with less time left would not end: the next invocation goes on from there. */
const reserveMs = 15_000;

/** An event's webhooks that are still to be queued. */
interface Work {
  readonly messageId: string;
  readonly event: CatalogEvent;
  /** The last webhook that an earlier invocation queued. */
  readonly after: string | undefined;
  readonly subscribers: readonly Subscriber[];
}

interface Match {
  readonly messageId: string;
  readonly event: CatalogEvent;
  readonly subscriber: Subscriber;
}

/** Whether an event waits for others to be sent with it. */
const isCollectable = (match: Match): match is Match & Collectable => match.subscriber.coalesce !== undefined;

const toQueueMessage = (match: Match) => ({
  match,
  body: JSON.stringify({
    event: match.event,
    webhook_id: match.subscriber.id,
    attempts: [],
  } satisfies WebhookMessage),
  groupId: match.subscriber.id,
});

/** A webhook's messages side by side: what a batch does for one webhook costs one write of its row. */
const bySubscriber = (one: Match, other: Match): number => {
  if (one.subscriber.id === other.subscriber.id) return 0;
  return one.subscriber.id < other.subscriber.id ? -1 : 1;
};

/** Makes one delivery of every event for every webhook that subscribed to it and whose filter lets it through. */
export function createFanOut(dependencies: Dependencies) {
  const {
    listSubscribers,
    putEvents,
    putDeliveries,
    advanceDeliveries,
    queueDeliveries,
    collectDigests,
    queueRest,
    now,
    log,
  } = dependencies;

  /** Who subscribed before the event was published gets it, whatever this instance remembers. */
  const findWork = async ({ messageId, body }: Received<FanOutMessage>) => {
    const { event, after } = body;
    // The rule keeps these out; a delivery about a delivery would never end.
    if (isMetaEvent(event.event_name)) {
      return { messageId, event, after, enabled: [], parked: [], filtered: [], matched: 0 };
    }
    const all = await listSubscribers(event.tenant, event.audience?.version);
    const left = after === undefined ? all : all.filter(({ id }) => id > after);
    const judged = left.map((webhook) => ({ webhook, match: matchEndpoint(webhook, event) }));
    const wanted = judged.flatMap(({ webhook, match }) => (match.kind === 'wanted' ? webhook : []));
    return {
      messageId,
      event,
      after,
      enabled: wanted.filter(({ enabled }) => enabled),
      parked: wanted.filter(({ enabled }) => !enabled),
      filtered: judged.flatMap(({ webhook, match }) =>
        match.kind === 'filtered' ? { webhook, reason: match.reason } : [],
      ),
      matched: wanted.length,
    };
  };

  /** Answers the messages that could not be queued, so that only their events come back and are fanned out again. */
  const queueSome = async (matches: readonly Match[]): Promise<readonly Match[]> => {
    try {
      const messages = matches.toSorted(bySubscriber).map(toQueueMessage);
      const rest = new Set((await queueDeliveries(messages)).map(({ match }) => match));
      if (rest.size > 0) log.error('deliveries not queued', { failed: rest.size });
      return matches.filter((match) => rest.has(match));
    } catch (error) {
      log.error('deliveries not queued', { failed: matches.length, error });
      return matches;
    }
  };

  const deliverSome = async (matches: readonly Match[]): Promise<readonly Match[]> => {
    const single = matches.filter((match) => !isCollectable(match));
    const failed = await Promise.all([
      single.length === 0 ? [] : queueSome(single),
      collectDigests(matches.filter(isCollectable)),
    ]);
    return failed.flat();
  };

  /** The events' webhooks in turn, `messagesAtATime` at a time whichever event they are of. */
  function* chunksOf(works: readonly Work[]): Generator<Match[]> {
    let chunk: Match[] = [];
    for (const { messageId, event, subscribers } of works) {
      for (const subscriber of subscribers) {
        chunk.push({ messageId, event, subscriber });
        if (chunk.length < messagesAtATime) continue;
        yield chunk;
        chunk = [];
      }
    }
    if (chunk.length > 0) yield chunk;
  }

  /** Hands on what there is no time for, but nothing of messages that come back. Answers the ids of those for which that failed. */
  const handOn = async (
    works: readonly Work[],
    last: Match,
    comeBack: ReadonlySet<string>,
  ): Promise<readonly string[]> => {
    const from = works.findIndex(({ messageId }) => messageId === last.messageId);
    const failed: string[] = [];
    for (const [index, { messageId, event, subscribers, ...work }] of works.slice(from).entries()) {
      const after = index === 0 ? last.subscriber.id : (work.after ?? '');
      if (comeBack.has(messageId) || subscribers.every(({ id }) => id <= after)) continue;
      try {
        await queueRest({ event, after });
        log.info('fan-out goes on in another invocation', { event_id: event.id, tenant: event.tenant });
      } catch (error) {
        log.error('rest of a fan-out not queued', { event_id: event.id, error });
        failed.push(messageId);
      }
    }
    return failed;
  };

  const queueAll = async (
    works: readonly Work[],
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<Set<string>> => {
    const failed = new Set<string>();
    for (const chunk of chunksOf(works)) {
      for (const { messageId } of await deliverSome(chunk)) failed.add(messageId);
      const last = chunk.at(-1);
      if (last !== undefined && context.getRemainingTimeInMillis() < reserveMs) {
        for (const messageId of await handOn(works, last, failed)) failed.add(messageId);
        break;
      }
    }
    return failed;
  };

  return async (
    messages: readonly Received<FanOutMessage>[],
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<readonly string[]> => {
    const found = await Promise.all(messages.map(findWork));
    const setAside = found.flatMap(({ event, parked, filtered }) => [
      ...parked.map((webhook) =>
        createDelivery(
          event,
          webhook,
          { state: 'parked', attempts: [], reason: 'the webhook is disabled' },
          now(),
        ),
      ),
      ...filtered.map(({ webhook, reason }) =>
        createDelivery(event, webhook, { state: 'filtered', attempts: [], reason }, now()),
      ),
    ]);
    const isFirst = messages.every(
      ({ receiveCount, body }) => receiveCount === 1 && body.after === undefined,
    );
    await Promise.all([
      putEvents(
        found
          .filter((_, index) => messages[index]?.body.after === undefined)
          .map(({ event, matched }) => ({ event, matched })),
      ),
      // What comes a second time must not hide what became of it the first time.
      isFirst ? putDeliveries(setAside) : advanceDeliveries(setAside),
    ]);
    const failed = await queueAll(
      found.map(({ messageId, event, after, enabled }) => ({
        messageId,
        event,
        after,
        subscribers: enabled,
      })),
      context,
    );
    log.info('events fanned out', {
      count: found.reduce((sum, { enabled }) => sum + enabled.length, 0),
      failed: failed.size,
      events: found.map(({ messageId, event, enabled }) => ({
        event_id: event.id,
        event_name: event.event_name,
        tenant: event.tenant,
        count: enabled.length,
        state: failed.has(messageId) ? 'failed' : 'queued',
      })),
    });
    return [...failed];
  };
}
