import { createKeepLimits } from '../../functions/send-webhook/keep-limits.ts';
import { createSendWebhook } from '../../functions/send-webhook/send-webhook.ts';
import type { Lane } from '../../functions/send-webhook/admit-delivery.ts';
import type { WebhookHealth } from '../../shared/aws/webhook-table.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import type { SignedPost } from '../../shared/egress/post-signed.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { aReceived } from './a-received.ts';
import { aSigning } from './a-signing.ts';
import { noonMs } from './an-event.ts';
import { collectLog } from './collect-log.ts';
import { memoryFlow } from './memory-flow.ts';
import { memoryLedger } from './memory-ledger.ts';

export const answered = (status: number, retryAfter?: string, instruction?: string): AttemptResult => ({
  kind: 'answered',
  status,
  retryAfter,
  instruction,
  body: '',
  durationMs: 5,
});

/** A message in a queue. */
interface Waiting {
  readonly messageId: string;
  readonly lane: Lane;
  readonly body: WebhookMessage;
  readonly visibleAt: number;
  readonly receiveCount: number;
}

/** One POST that a receiver got. */
export interface Posted {
  readonly url: string;
  readonly id: string;
  readonly at: number;
}

/** How an invocation goes. */
export interface Run {
  /** It dies before the write after so many. */
  readonly writes?: number;
  /** Its receivers answer when it is told to land. */
  readonly isHeld?: boolean;
  /** Its receivers count as slow unless they answer at once. */
  readonly isLate?: boolean;
}

interface Options {
  readonly clock?: { ms: number };
  readonly webhooks: {
    readonly find: (id: Webhook['id']) => Promise<Webhook | undefined>;
    readonly health: WebhookHealth;
  };
  /** What a receiver answers, at `clock.ms`. */
  readonly answer: (post: SignedPost) => AttemptResult;
  /** A number in [0, 1). */
  readonly random?: () => number;
}

const visibilityMs = 60_000;
const batchMax = 10;

/** The whole sender with its queues and its ledger in memory, on a clock that goes as fast as the test. */
export function openSenderWorld({ clock = { ms: noonMs }, webhooks, answer, random = () => 0 }: Options) {
  const now = (): number => clock.ms;
  const ledger = memoryLedger();
  const flow = memoryFlow(now);
  const log = collectLog();
  const posts: Posted[] = [];
  const delays: number[] = [];
  const told: CatalogEvent[] = [];
  let queued: Waiting[] = [];
  let messages = 0;

  const enqueue = (body: WebhookMessage, lane: Lane = 'fast', delaySeconds = 0): void => {
    delays.push(delaySeconds);
    queued.push({
      messageId: `m${++messages}`,
      lane,
      body,
      visibleAt: now() + delaySeconds * 1000,
      receiveCount: 0,
    });
  };

  /** Begins an invocation with up to ten messages of the lane that are visible now. */
  const begin = async (lane: Lane, { writes = Infinity, isHeld = false, isLate = false }: Run = {}) => {
    const batch = queued.filter((each) => each.lane === lane && each.visibleAt <= now()).slice(0, batchMax);
    queued = queued.filter((each) => !batch.includes(each));

    const death = Promise.withResolvers<'died'>();
    let left = writes;
    const write = async <Result>(act: () => Result): Promise<Result> => {
      if (left-- > 0) return act();
      death.resolve('died');
      // The dead do nothing more, and get no answer.
      return new Promise<Result>(() => undefined);
    };
    const gate = Promise.withResolvers<void>();
    if (!isHeld) gate.resolve();

    const send = createSendWebhook({
      readBatch: async (asked) => {
        const found = new Map<string, Webhook | undefined>();
        for (const { webhook_id: id } of asked) found.set(id, await webhooks.find(id));
        const rows = new Map(
          asked.map((message) => [message, ledger.find(message.event, message.webhook_id)]),
        );
        return {
          webhookOf: ({ webhook_id: id }) => found.get(id),
          deliveryOf: (message) => rows.get(message),
        };
      },
      keepLimits: createKeepLimits({ flow, now }),
      health: {
        record: async (news) => await write(() => webhooks.health.record(news)),
        claimProbe: async (...given) => await write(() => webhooks.health.claimProbe(...given)),
        markLate: async (...given) => await write(() => webhooks.health.markLate(...given)),
      },
      onWebhook: () => undefined,
      openSigning: async () => aSigning('secret'),
      post: async (post) => {
        const result = answer(post);
        posts.push({ url: post.url, id: post.id, at: now() });
        await gate.promise;
        return result;
      },
      putDeliveries: async (rows) => {
        for (const row of rows) await write(() => ledger.put(row));
      },
      advanceDeliveries: async (rows) => {
        for (const row of rows) await write(() => ledger.advance(row));
      },
      queueDeliveries: async (to, sent) => {
        for (const { body, delaySeconds } of sent) {
          await write(() => enqueue(webhookMessageSchema.parse(JSON.parse(body)), to, delaySeconds));
        }
        return [];
      },
      publishEvents: async (events) =>
        write(() => {
          told.push(...events);
          return [];
        }),
      pause: async (_ms, signal) => {
        if (isLate) return;
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      },
      now,
      random,
      log,
    });
    const received = batch.map(({ body, messageId, receiveCount }): Received<WebhookMessage> =>
      aReceived(body, { messageId, receiveCount: receiveCount + 1 }),
    );
    const ended = Promise.race([send(received, lane).catch(() => 'died' as const), death.promise]);
    // All that is in memory is done in one turn, up to what the receivers hold back.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });

    /** Lets the receivers answer, and hands back to the queue what is not done. */
    const land = async (): Promise<void> => {
      gate.resolve();
      const failed = await ended;
      const back = batch.filter(({ messageId }) => failed === 'died' || failed.includes(messageId));
      queued.push(
        ...back.map((each) => ({
          ...each,
          visibleAt: now() + visibilityMs,
          receiveCount: each.receiveCount + 1,
        })),
      );
    };
    return { size: batch.length, land };
  };

  const run = async (lane: Lane, how: Run = {}): Promise<number> => {
    const invocation = await begin(lane, how);
    await invocation.land();
    return invocation.size;
  };

  /** Works until the queues are empty, or `untilMs`; the clock jumps to whatever is due next. */
  const drain = async (untilMs = Infinity): Promise<void> => {
    for (let step = 0; queued.length > 0; step++) {
      if (step > 20_000) throw new Error(`the queues never get empty: ${JSON.stringify(queued[0])}`);
      const next = Math.min(...queued.map(({ visibleAt }) => visibleAt));
      if (next > untilMs) return;
      clock.ms = Math.max(clock.ms, next);
      await run('fast');
      await run('slow');
    }
  };

  return {
    clock,
    ledger,
    log,
    posts,
    delays,
    told,
    enqueue,
    begin,
    run,
    drain,
    /** What waits in the queues. */
    waiting: (): readonly Waiting[] => queued,
    /** SQS delivers a message twice. */
    repeat: (index: number): void => {
      const twin = queued[index % Math.max(queued.length, 1)];
      if (twin !== undefined) queued.push({ ...twin, messageId: `${twin.messageId}'` });
    },
  };
}
