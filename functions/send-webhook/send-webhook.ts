import type { RecordTally } from '../../shared/aws/webhook-table.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { createExecutionEvent, isFinal, summarizeDelivery } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import { tallyDeliveries } from '../../shared/webhook.ts';
import { isWebhookId } from '../../shared/ids.ts';
import { attemptDelivery } from './attempt-delivery.ts';
import type { AttemptDependencies, AttemptedDelivery } from './attempt-delivery.ts';

interface Dependencies extends AttemptDependencies {
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly recordTally: RecordTally;
  /** Answers the messages that could not be queued. */
  readonly queueDeliveries: <Message extends QueueMessage>(
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  readonly publishEvents: PublishEvents;
  readonly log: Log;
}

interface Attempted extends AttemptedDelivery {
  readonly messageId: string;
}

/** Sends the deliveries of one batch in parallel, then writes what came of them in as few calls as may be. */
export function createSendWebhook(dependencies: Dependencies) {
  const { putDeliveries, queueDeliveries, publishEvents, log, now } = dependencies;

  const attempt = async ({ messageId, body }: Received<WebhookMessage>): Promise<Attempted> => {
    try {
      return { messageId, ...(await attemptDelivery(body, dependencies)) };
    } catch (error) {
      // Our fault, such as a table out of reach: the message comes back, the others of the batch go on.
      log.error('delivery could not be attempted', {
        event_id: body.event.id,
        endpoint_id: body.webhook_id,
        error,
      });
      throw error;
    }
  };

  const queueNext = async (attempted: readonly Attempted[]): Promise<string[]> => {
    const messages = attempted.flatMap(({ messageId, next }) =>
      next === undefined
        ? []
        : {
            messageId,
            body: JSON.stringify(next.message),
            groupId: next.message.webhook_id,
            delaySeconds: next.delaySeconds,
          },
    );
    try {
      const rest = await queueDeliveries(messages);
      if (rest.length > 0) log.error('retries not queued', { failed: rest.length });
      return rest.map(({ messageId }) => messageId);
    } catch (error) {
      // These come back; those of the batch that are finished must not, or they would be sent again.
      log.error('retries not queued', { failed: messages.length, error });
      return messages.map(({ messageId }) => messageId);
    }
  };

  /** Counters and `hook_executed` follow the ledger: losing them loses no delivery, so they fail no message. */
  const tellOfFinished = async (finished: readonly Delivery[]): Promise<void> => {
    const attemptedOnly = finished.filter(({ attempts }) => attempts.length > 0);
    const rejected = await publishEvents(
      attemptedOnly.map((delivery) => createExecutionEvent(delivery, now())),
    );
    if (rejected.length > 0) {
      log.warn('hook_executed not published', { failed: rejected.length, reason: rejected[0]?.reason ?? '' });
    }
  };

  const countFinished = async (finished: readonly Delivery[]): Promise<void> => {
    const byWebhook = Map.groupBy(finished, ({ tenant, endpoint_id }) => `${tenant}#${endpoint_id}`);
    await Promise.all(
      Array.from(byWebhook.values(), async (deliveries) => {
        const [first] = deliveries;
        const tally = tallyDeliveries(deliveries.flatMap(toFinished));
        if (first === undefined || tally === undefined || !isWebhookId(first.endpoint_id)) return;
        await dependencies.recordTally(first.tenant, first.endpoint_id, tally);
      }),
    );
  };

  return async (messages: readonly Received<WebhookMessage>[]): Promise<readonly string[]> => {
    const settled = await Promise.allSettled(messages.map(attempt));
    const attempted = settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const failed = messages
      .filter((_, index) => settled[index]?.status === 'rejected')
      .map(({ messageId }) => messageId);
    const deliveries = attempted.flatMap(({ delivery }) => delivery ?? []);

    await putDeliveries(deliveries);
    const unqueued = await queueNext(attempted);

    const finished = deliveries.filter(({ state }) => isFinal(state));
    try {
      await countFinished(finished);
    } catch (error) {
      log.error('counters not written', { error });
    }
    // Last, so that whoever sees it finds the ledger and the counters as it says.
    await tellOfFinished(finished);

    for (const delivery of deliveries) log.info('delivery attempted', summarizeDelivery(delivery));
    return [...failed, ...unqueued];
  };
}

const toFinished = (delivery: Delivery) => {
  const last = delivery.attempts.at(-1);
  if (last === undefined || delivery.state === 'parked' || delivery.state === 'filtered') return [];
  return {
    success: delivery.state === 'delivered',
    statusCode: last.status,
    error: last.error,
    at: delivery.updated_at,
  };
};
