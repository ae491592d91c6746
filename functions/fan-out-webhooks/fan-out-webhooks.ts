import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { isMetaEvent } from '../../shared/catalog.ts';
import { createDelivery } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import { matchesSubscription } from '../../shared/event.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { Webhook } from '../../shared/webhook.ts';

interface Dependencies {
  /** May answer from memory, but nothing read before `sinceMs`. */
  readonly listWebhooks: (tenant: string, sinceMs: number) => Promise<readonly Webhook[]>;
  readonly putEvents: (events: readonly CatalogEvent[]) => Promise<void>;
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Answers the messages that could not be queued. */
  readonly queueDeliveries: <Message extends QueueMessage>(
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  readonly now: () => number;
  readonly log: Log;
}

/** Messages made at a time: an event of 256 KB to 10 000 webhooks must not stand in memory 10 000 times. */
const messagesAtATime = 100;

interface Match {
  readonly messageId: string;
  readonly event: CatalogEvent;
  readonly webhook: Webhook;
}

const toQueueMessage = (match: Match) => ({
  match,
  body: JSON.stringify({
    event: match.event,
    webhook_id: match.webhook.id,
    attempts: [],
  } satisfies WebhookMessage),
  groupId: match.webhook.id,
});

/** Makes one delivery of every event for every webhook that subscribed to it. */
export function createFanOut(dependencies: Dependencies) {
  const { listWebhooks, putEvents, putDeliveries, queueDeliveries, now, log } = dependencies;

  const matchWebhooks = async ({ messageId, body: event }: Received<CatalogEvent>): Promise<Match[]> => {
    // The rule keeps these out; a delivery about a delivery would never end.
    if (isMetaEvent(event.event_name)) return [];
    // Who subscribed before the event was published gets it, whatever this instance remembers.
    const webhooks = await listWebhooks(event.tenant, Date.parse(event.timestamp));
    return webhooks
      .filter((webhook) => matchesSubscription(webhook.event_names, event.event_name))
      .map((webhook) => ({ messageId, event, webhook }));
  };

  /** Answers the messages that could not be queued, so that only their events come back and are fanned out again. */
  const queueSome = async (matches: readonly Match[]): Promise<readonly Match[]> => {
    try {
      const rest = new Set((await queueDeliveries(matches.map(toQueueMessage))).map(({ match }) => match));
      if (rest.size > 0) log.error('deliveries not queued', { failed: rest.size });
      return matches.filter((match) => rest.has(match));
    } catch (error) {
      log.error('deliveries not queued', { failed: matches.length, error });
      return matches;
    }
  };

  return async (messages: readonly Received<CatalogEvent>[]): Promise<readonly string[]> => {
    const matches = (await Promise.all(messages.map(matchWebhooks))).flat();
    const enabled = matches.filter(({ webhook }) => webhook.enabled);
    const parked = matches.filter(({ webhook }) => !webhook.enabled);
    await Promise.all([
      putEvents(messages.map(({ body }) => body)),
      putDeliveries(
        parked.map(({ event, webhook }) =>
          createDelivery(
            event,
            webhook,
            { state: 'parked', attempts: [], reason: 'the webhook is disabled' },
            now(),
          ),
        ),
      ),
    ]);
    const failed = new Set<string>();
    for (let start = 0; start < enabled.length; start += messagesAtATime) {
      const rest = await queueSome(enabled.slice(start, start + messagesAtATime));
      for (const { messageId } of rest) failed.add(messageId);
    }
    for (const { messageId, body: event } of messages) {
      log.info('event fanned out', {
        event_id: event.id,
        event_name: event.event_name,
        tenant: event.tenant,
        count: enabled.filter((match) => match.messageId === messageId).length,
        state: failed.has(messageId) ? 'failed' : 'queued',
      });
    }
    return [...failed];
  };
}
