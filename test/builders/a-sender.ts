import { createSendWebhook } from '../../functions/send-webhook/send-webhook.ts';
import type { Lane } from '../../functions/send-webhook/admit-delivery.ts';
import type { Limited } from '../../functions/send-webhook/keep-limits.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { WebhookNews } from '../../shared/aws/webhook-table.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { WebhookId } from '../../shared/ids.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { anAttempt, aWebhookMessage } from './a-delivery.ts';
import { aReceived } from './a-received.ts';
import { aSigning } from './a-signing.ts';
import { aWebhook } from './a-webhook.ts';
import { anEvent, noonMs } from './an-event.ts';
import { collectLog } from './collect-log.ts';

type Answer = AttemptResult | Error | number | Promise<number>;
type Dependencies = Parameters<typeof createSendWebhook>[0];

/**
 * The sender in a world of its own: it is told of webhooks by id, and of an answer per webhook; what it does is kept
 * for the test.
 */
export function aSender(
  answers: Readonly<Record<string, Answer>> = {},
  overrides: Partial<Dependencies> = {},
) {
  const rows: Delivery[] = [];
  const queued: (QueueMessage & { readonly lane: Lane })[] = [];
  const published: CatalogEvent[] = [];
  const news: Record<string, WebhookNews> = {};
  const webhooks: Record<string, Partial<Webhook>> = {};
  const known: Delivery[] = [];
  const remembered: Webhook[] = [];
  const marked: [string, number][] = [];
  const posts: string[] = [];
  const order: string[] = [];
  const released: string[] = [];
  const log = collectLog();
  const step = (name: string): void => void order.push(name);
  const dependencies: Dependencies = {
    readBatch: async () => ({
      webhookOf: ({ webhook_id: id }) =>
        id === 'wh_deleted'
          ? undefined
          : aWebhook({ id, url: `https://${id.replace('_', '-')}.example/`, ...webhooks[id] }),
      deliveryOf: ({ event, webhook_id: id }) =>
        known.find((row) => row.event_id === event.id && row.endpoint_id === id),
    }),
    keepLimits: async (go): Promise<Limited> => ({
      go,
      later: [],
      release: async () => void released.push('released'),
    }),
    health: {
      record: async (told) => {
        step('counters');
        news[told.id] = told;
        return aWebhook({ id: told.id, trigger_count: 7 });
      },
      claimProbe: async (_webhook, circuit, holdMs) => ({ ...circuit, until: noonMs + holdMs }),
      markLate: async ({ id }, untilMs) => void marked.push([id, untilMs]),
    },
    onWebhook: (webhook) => remembered.push(webhook),
    openSigning: async () => aSigning('secret'),
    post: async ({ url }: SignedPost) => {
      const id = new URL(url).hostname.replace('.example', '').replace('-', '_');
      posts.push(id);
      const answer = await (answers[id] ?? 200);
      if (answer instanceof Error) throw answer;
      if (typeof answer !== 'number') return answer;
      return { kind: 'answered', status: answer, retryAfter: undefined, body: '', durationMs: 5 };
    },
    putDeliveries: async (deliveries) => {
      if (deliveries.length > 0) step('ledger');
      rows.push(...deliveries);
    },
    advanceDeliveries: async (deliveries) => {
      if (deliveries.length > 0) step('ledger');
      rows.push(...deliveries);
    },
    queueDeliveries: async (lane, messages) => {
      step('queue');
      queued.push(...messages.map((message) => ({ ...message, lane })));
      return [];
    },
    publishEvents: async (events) => {
      step('bus');
      published.push(...events);
      return [];
    },
    pause: async (_ms, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    now: () => noonMs,
    random: () => 0,
    log,
    ...overrides,
  };
  const send = createSendWebhook(dependencies);
  return {
    send: (messages: Parameters<typeof send>[0], lane: Lane = 'fast') => send(messages, lane),
    rows,
    queued,
    published,
    news,
    webhooks,
    known,
    remembered,
    marked,
    posts,
    order,
    released,
    log,
    states: () => rows.map(({ endpoint_id, state }) => [endpoint_id, state]),
  };
}

/** A message as it comes from the queue. */
export const received = (webhookId: WebhookId, overrides: Partial<WebhookMessage> = {}) =>
  aReceived(aWebhookMessage({ webhook_id: webhookId, ...overrides }), {
    messageId: `m-${webhookId}-${overrides.event?.id ?? ''}`,
  });
export const attemptsMade = (count: number) =>
  Array.from({ length: count }, () => anAttempt({ status: 500 }));
export const event = (id: string) => ({ event: anEvent({ id }) });
export const bodyOf = (message: QueueMessage | undefined) =>
  webhookMessageSchema.parse(JSON.parse(message?.body ?? ''));
