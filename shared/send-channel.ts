import type { Audience } from './audience.ts';
import { carriedFields } from './delivery.ts';
import type { Delivery, HookMessage, WebhookMessage } from './delivery.ts';
import type { EndpointKind } from './endpoint.ts';
import type { CatalogEvent } from './event.ts';
import { isHookId, isWebhookId } from './ids.ts';
import { queueDelaySecondsMax } from './limits.ts';
import { hookPace, webhookPace } from './replay.ts';
import type { Pace } from './replay.ts';
import { SendAnewError } from './send-anew-error.ts';

/** Answers the messages that could not be queued. */
type QueueMessages = <
  Message extends { readonly body: string; readonly groupId: string; readonly delaySeconds: number },
>(
  messages: readonly Message[],
) => Promise<readonly Message[]>;

/** How deliveries that are sent anew reach endpoints of one kind. */
export interface Channel {
  readonly pace: Pace;
  /** The longest that a message may be delayed. */
  readonly delaySecondsMax: number;
  /** Makes what turns a delivery at the start of its round into the body of its message. */
  readonly openWriter: (tenant: string) => Promise<(delivery: Delivery, event: CatalogEvent) => string>;
  readonly queue: QueueMessages;
  /** Sees that somebody takes what is queued; after that, never before. Throws `SendAnewError`. */
  readonly wake: () => Promise<void>;
}

export type Channels = Readonly<Record<EndpointKind, Channel>>;

/** To send-webhook, which SQS itself starts. */
export const createWebhookChannel = (dependencies: {
  /** Who listens now: the audience in a stored event would let a sender use a webhook that it remembers. */
  readonly findAudience: (tenant: string) => Promise<Audience>;
  readonly queueDeliveries: QueueMessages;
}): Channel => ({
  pace: webhookPace,
  delaySecondsMax: queueDelaySecondsMax,
  async openWriter(tenant) {
    const audience = await dependencies.findAudience(tenant);
    return ({ endpoint_id: id, attempts, ...delivery }, event) => {
      if (!isWebhookId(id)) throw new Error(`${delivery.id} is no delivery of a webhook`);
      return JSON.stringify({
        event: { ...event, audience },
        webhook_id: id,
        attempts,
        attempts_before: attempts.length,
        ...carriedFields(delivery),
      } satisfies WebhookMessage);
    };
  },
  queue: dependencies.queueDeliveries,
  wake: async () => undefined,
});

/** To the workers, one of which has to be up. They run what a hook is pinned to when its run comes. */
export const createHookChannel = (dependencies: {
  readonly queueRuns: QueueMessages;
  readonly ensureWorker: () => Promise<void>;
}): Channel => ({
  pace: hookPace,
  // A worker that is about to leave looks for what it can receive: what is delayed might find nobody up.
  delaySecondsMax: 0,
  async openWriter() {
    return ({ endpoint_id: id, round, ...delivery }, event) => {
      if (!isHookId(id)) throw new Error(`${delivery.id} is no run of a hook`);
      return JSON.stringify({
        event,
        hook_id: id,
        ...(round === undefined ? {} : { round }),
      } satisfies HookMessage);
    };
  },
  queue: dependencies.queueRuns,
  async wake() {
    try {
      await dependencies.ensureWorker();
    } catch (cause) {
      throw new SendAnewError('wake', 'No worker could be started for what is queued', { cause });
    }
  },
});
