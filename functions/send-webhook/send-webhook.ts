import { assertNever } from '../../shared/assert-never.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import type { Probe, WebhookHealth, WebhookNews } from '../../shared/aws/webhook-table.ts';
import type { Circuit } from '../../shared/circuit.ts';
import {
  carriedFields,
  createDelivery,
  createExecutionEvent,
  isFinal,
  summarizeDelivery,
} from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import { lateAnswerMs, queueDelaySecondsMax, slowLaneFirstMs, slowLaneMs } from '../../shared/limits.ts';
import { isSuccess, reasonToDisable, slowDownSeconds } from '../../shared/retry.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import { tallyAttempts } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { admitDelivery } from './admit-delivery.ts';
import type { Admission, Lane } from './admit-delivery.ts';
import { attemptDelivery } from './attempt-delivery.ts';
import type { AttemptDependencies } from './attempt-delivery.ts';
import type { Candidate, Limited } from './keep-limits.ts';
import { keepFurthest } from './keep-furthest.ts';
import type { ReadBatch } from './read-batch.ts';

interface Dependencies extends AttemptDependencies {
  readonly readBatch: ReadBatch;
  readonly keepLimits: (candidates: readonly Candidate[]) => Promise<Limited>;
  readonly health: WebhookHealth;
  /** Told of every webhook that a write answered, for whoever reads webhooks from memory. */
  readonly onWebhook: (webhook: Webhook) => void;
  /** For what is true whatever the ledger knew. */
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** For what a final state outweighs. */
  readonly advanceDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Answers the messages that could not be queued. */
  readonly queueDeliveries: <Message extends QueueMessage>(
    lane: Lane,
    messages: readonly Message[],
  ) => Promise<readonly Message[]>;
  readonly publishEvents: PublishEvents;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

/** What became of a message: a new state of its row, a message that carries on, or neither. */
interface Step {
  readonly messageId: string;
  readonly delivery?: Delivery;
  readonly next?: { readonly message: WebhookMessage; readonly dueMs: number; readonly lane: Lane };
  readonly attempted?: {
    readonly webhook: Webhook;
    readonly result: AttemptResult;
    readonly probed?: Circuit;
  };
}

/** Posts that went out, each with its end. */
interface Flying {
  readonly candidate: Candidate;
  readonly ended: Promise<Step>;
}

const lateSteps = 5;
/** The wait of those that stand before an open circuit, spread over half of it so that they come one by one. */
const waitSpread = 0.5;
/**
 * They look again after so many milliseconds at least, which with the spread is what a queue can delay: whoever
 * enables a webhook anew need not wait until its circuit would have closed.
 */
const waitMsMax = (queueDelaySecondsMax * 1000) / (1 + waitSpread);
/** While one delivery probes, in milliseconds beyond its timeout, the others wait. */
const probeMarginMs = 15_000;

/**
 * Sends the deliveries of one batch in parallel, then writes what came of them in as few calls as may be. Those whose
 * receiver lets them wait hold up none of the others: what is finished is written down first.
 */
export function createSendWebhook(dependencies: Dependencies) {
  const { readBatch, keepLimits, health, onWebhook, publishEvents, pause, log, now, random } = dependencies;

  const waitFor = (
    { messageId, body }: Received<WebhookMessage>,
    webhook: Webhook,
    circuit: Circuit,
    isKnown: boolean,
    lane: Lane,
  ): Step => {
    const waitMs = Math.min(Math.max(circuit.until - now(), 1000), waitMsMax);
    const dueMs = now() + Math.round(waitMs * (1 + waitSpread * random()));
    // Its place in line, if it had one, is over by then.
    const { has_slot: _slot, ...message } = body;
    if (isKnown) return { messageId, next: { message, dueMs, lane } };
    return {
      messageId,
      next: { message, dueMs, lane },
      delivery: createDelivery(
        body.event,
        webhook,
        {
          state: 'retrying',
          attempts: body.attempts,
          retrying_until: new Date(Math.max(dueMs, circuit.until)).toISOString(),
          reason: `the endpoint is left alone for a while (${circuit.reason})`,
          ...carriedFields(body),
        },
        now(),
      ),
    };
  };

  const fly = (candidate: Candidate, lane: Lane, probed: Circuit | undefined): Flying => {
    const { messageId, message, webhook } = candidate;
    const attempt = async (): Promise<Step> => {
      const { delivery, result, next } = await attemptDelivery(message, webhook, dependencies);
      return {
        messageId,
        delivery,
        attempted: { webhook, result, ...(probed === undefined ? {} : { probed }) },
        ...(next === undefined ? {} : { next: { ...next, lane } }),
      };
    };
    return { candidate, ended: attempt() };
  };

  /** Marks endpoints that let their senders wait, so that what follows goes by the other lane. */
  const markLate = async (webhooks: readonly Webhook[], lane: Lane): Promise<void> => {
    const keepMs = lane === 'slow' ? slowLaneMs : slowLaneFirstMs;
    const distinct = new Map(webhooks.map((webhook) => [`${webhook.tenant} ${webhook.id}`, webhook]));
    await Promise.all(
      Array.from(distinct.values(), async (webhook) => {
        if ((webhook.late_until ?? 0) > now() + keepMs / 2) return;
        const late_until = now() + keepMs;
        onWebhook({ ...webhook, late_until });
        try {
          await health.markLate(webhook, late_until);
        } catch (error) {
          log.warn('slow endpoint not marked', { endpoint_id: webhook.id, error });
        }
      }),
    );
  };

  const queueNext = async (steps: readonly Step[]): Promise<Set<string>> => {
    const unqueued = new Set<string>();
    const byLane = Map.groupBy(
      steps.flatMap(({ messageId, next }) => (next === undefined ? [] : { messageId, ...next })),
      ({ lane }) => lane,
    );
    await Promise.all(
      Array.from(byLane, async ([lane, messages]) => {
        const sent = messages.map(({ messageId, message, dueMs }) => ({
          messageId,
          ...toQueueMessage(message, dueMs, now()),
        }));
        try {
          const rest = await dependencies.queueDeliveries(lane, sent);
          if (rest.length > 0) log.error('deliveries not queued', { failed: rest.length });
          for (const { messageId } of rest) unqueued.add(messageId);
        } catch (error) {
          // These come back; those of the batch that are finished must not, or they would be sent again.
          log.error('deliveries not queued', { failed: sent.length, error });
          for (const { messageId } of sent) unqueued.add(messageId);
        }
      }),
    );
    return unqueued;
  };

  const writeLedger = async (deliveries: readonly Delivery[]): Promise<void> => {
    const arrived = deliveries.filter(({ state }) => state === 'delivered');
    await Promise.all([
      dependencies.putDeliveries(arrived),
      dependencies.advanceDeliveries(deliveries.filter(({ state }) => state !== 'delivered')),
    ]);
  };

  const recordHealth = async (steps: readonly Step[]): Promise<void> => {
    const attempts = steps.flatMap(({ delivery, attempted }) =>
      delivery === undefined || attempted === undefined ? [] : { delivery, ...attempted },
    );
    const byWebhook = Map.groupBy(attempts, ({ webhook }) => `${webhook.tenant} ${webhook.id}`);
    await Promise.all(
      Array.from(byWebhook.values(), async (its) => {
        const news = toNews(its, now());
        const webhook = news === undefined ? undefined : await health.record(news);
        if (webhook !== undefined) onWebhook(webhook);
      }),
    );
  };

  const tellOf = async (finished: readonly Delivery[]): Promise<void> => {
    const attempted = finished.filter(({ attempts }) => attempts.length > 0);
    if (attempted.length === 0) return;
    try {
      const rejected = await publishEvents(
        attempted.map((delivery) => createExecutionEvent(delivery, now())),
      );
      if (rejected.length === 0) return;
      log.warn('hook_executed not published', { failed: rejected.length, reason: rejected[0]?.reason ?? '' });
    } catch (error) {
      log.warn('hook_executed not published', { failed: attempted.length, error });
    }
  };

  /** Answers the ids of those that must come again. */
  const finish = async (steps: readonly Step[]): Promise<readonly string[]> => {
    if (steps.length === 0) return [];
    // Before the ledger: a crash in between repeats an attempt, the other way round it would lose the delivery.
    const unqueued = await queueNext(steps);
    const done = steps.filter(({ messageId }) => !unqueued.has(messageId));
    const deliveries = done.flatMap(({ delivery }) => delivery ?? []);
    try {
      await writeLedger(deliveries);
    } catch (error) {
      // Those that only wait are queued and need no row. Of the others the ledger drops what it knows after all.
      log.error('ledger not written', { failed: deliveries.length, error });
      const unwritten = done.filter(({ delivery }) => delivery !== undefined);
      return [...unqueued, ...unwritten.map(({ messageId }) => messageId)];
    }
    try {
      await recordHealth(done);
    } catch (error) {
      // Losing them loses no delivery, so they fail no message.
      log.error('counters not written', { error });
    }
    // Last, so that whoever sees it finds the ledger and the counters as it says.
    await tellOf(deliveries.filter(({ state }) => isFinal(state)));
    if (deliveries.length > 0) {
      log.info('deliveries attempted', {
        count: deliveries.length,
        deliveries: deliveries.map(summarizeDelivery),
      });
    }
    return [...unqueued];
  };

  /** One delivery may probe an endpoint that was left alone; the others of the batch wait for what it finds out. */
  const claimProbes = async (
    probes: readonly {
      readonly received: Received<WebhookMessage>;
      readonly webhook: Webhook;
      readonly circuit: Circuit;
    }[],
  ) => {
    const byWebhook = Map.groupBy(probes, ({ webhook }) => `${webhook.tenant} ${webhook.id}`);
    const claims = await Promise.all(
      Array.from(byWebhook.values(), async ([first, ...others]) => {
        if (first === undefined) return { probing: [], waiting: [] };
        const { webhook, circuit } = first;
        const holdMs = webhook.timeout_seconds * 1000 + probeMarginMs;
        const claimed = await health.claimProbe(webhook, circuit, holdMs);
        const held = claimed ?? { ...circuit, until: now() + holdMs };
        onWebhook({ ...webhook, circuit: held });
        const waiting = claimed === undefined ? [first, ...others] : others;
        return {
          probing: claimed === undefined ? [] : [{ ...first, circuit: claimed }],
          waiting: waiting.map((each) => ({ ...each, circuit: held })),
        };
      }),
    );
    return {
      probing: claims.flatMap(({ probing }) => probing),
      waiting: claims.flatMap(({ waiting }) => waiting),
    };
  };

  const prepare = async (messages: readonly Received<WebhookMessage>[], lane: Lane) => {
    const steps: Step[] = [];
    const candidates: Candidate[] = [];
    const probes: Parameters<typeof claimProbes>[0][number][] = [];
    const due = messages.filter(({ messageId, body }) => {
      if ((body.not_before ?? 0) <= now()) return true;
      steps.push({ messageId, next: { message: body, dueMs: body.not_before ?? 0, lane } });
      return false;
    });
    const known = due.length === 0 ? undefined : await readBatch(due.map(({ body }) => body));
    const furthest = keepFurthest(due);
    const isKnown = ({ body }: Received<WebhookMessage>): boolean => known?.deliveryOf(body) !== undefined;
    for (const received of due) {
      const { messageId, body: message } = received;
      const delivery = known?.deliveryOf(message);
      const admission: Admission = furthest.has(received)
        ? admitDelivery(message, { webhook: known?.webhookOf(message), delivery, lane, nowMs: now() })
        : { kind: 'drop' };
      switch (admission.kind) {
        case 'send':
          candidates.push({ messageId, message, webhook: admission.webhook });
          break;
        case 'probe':
          probes.push({ received, webhook: admission.webhook, circuit: admission.circuit });
          break;
        case 'wait':
          steps.push(waitFor(received, admission.webhook, admission.circuit, delivery !== undefined, lane));
          break;
        case 'move':
          steps.push({ messageId, next: { message, dueMs: 0, lane: 'slow' } });
          break;
        case 'drop':
          log.info('message overtaken', { event_id: message.event.id, endpoint_id: message.webhook_id });
          break;
        case 'close':
          steps.push({
            messageId,
            delivery: createDelivery(
              message.event,
              { id: message.webhook_id, name: admission.name },
              {
                state: admission.state,
                reason: admission.reason,
                attempts: message.attempts,
                ...carriedFields(message),
              },
              now(),
            ),
          });
          break;
        default:
          assertNever(admission);
      }
    }
    const { probing, waiting } = await claimProbes(probes);
    for (const { received, webhook, circuit } of waiting) {
      steps.push(waitFor(received, webhook, circuit, isKnown(received), lane));
    }
    const limited = await keepLimits(candidates);
    steps.push(...limited.later.map(({ messageId, ...next }) => ({ messageId, next: { ...next, lane } })));
    return {
      steps,
      release: limited.release,
      flying: [
        ...limited.go.map((candidate) => fly(candidate, lane, undefined)),
        ...probing.map(({ received: { messageId, body }, webhook, circuit }) =>
          fly({ messageId, message: body, webhook }, lane, circuit),
        ),
      ],
    };
  };

  /** Waits for posts, notes which endpoints are slow, and answers what ended in time and what did not. */
  const awaitAnswers = async (flying: readonly Flying[], lane: Lane) => {
    const open = new Set(flying);
    const allEnded = new AbortController();
    const settled = Promise.allSettled(
      flying.map(async (each) => {
        await each.ended.catch(() => undefined);
        open.delete(each);
      }),
    ).then(() => allEnded.abort());
    // In steps: a process that is held up itself would find all answers late at once.
    for (let step = 0; step < lateSteps && open.size > 0; step++) {
      await Promise.race([settled, pause(lateAnswerMs / lateSteps, allEnded.signal)]);
    }
    const late = [...open];
    if (late.length > 0)
      await markLate(
        late.map(({ candidate }) => candidate.webhook),
        lane,
      );
    return { early: flying.filter((each) => !late.includes(each)), late };
  };

  const land = async (flying: readonly Flying[]): Promise<readonly string[]> => {
    const settled = await Promise.allSettled(flying.map(({ ended }) => ended));
    const failed = flying.filter((_, index) => settled[index]?.status === 'rejected');
    for (const [index, { candidate }] of flying.entries()) {
      const result = settled[index];
      if (result?.status !== 'rejected') continue;
      // Our fault, such as a key out of reach: the message comes back, the others of the batch go on.
      log.error('delivery could not be attempted', {
        event_id: candidate.message.event.id,
        endpoint_id: candidate.webhook.id,
        error: result.reason,
      });
    }
    const steps = settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    return [...failed.map(({ candidate }) => candidate.messageId), ...(await finish(steps))];
  };

  return async (messages: readonly Received<WebhookMessage>[], lane: Lane): Promise<readonly string[]> => {
    const { steps, flying, release } = await prepare(messages, lane);
    try {
      const { early, late } = await awaitAnswers(flying, lane);
      if (late.length === 0) {
        return [...(await land(flying)), ...(await finish(steps))];
      }
      const first = await Promise.all([finish(steps), land(early)]);
      return [...first.flat(), ...(await land(late))];
    } finally {
      // What is not given back is free again by itself, a little later.
      await release().catch((error: unknown) => log.warn('places in flight not given back', { error }));
    }
  };
}

/** A queue delays by at most 900 s: a longer wait is taken in hops. */
function toQueueMessage(message: WebhookMessage, dueMs: number, nowMs: number): QueueMessage {
  const seconds = Math.max(0, Math.ceil((dueMs - nowMs) / 1000));
  const { not_before: _before, ...fields } = message;
  return {
    body: JSON.stringify(seconds > queueDelaySecondsMax ? { ...fields, not_before: dueMs } : fields),
    groupId: message.webhook_id,
    delaySeconds: Math.min(seconds, queueDelaySecondsMax),
  };
}

type Made = Required<Pick<Step, 'delivery'>> & NonNullable<Step['attempted']>;

const hasSucceeded = ({ result }: Made): boolean => result.kind === 'answered' && isSuccess(result.status);

const toProbe = (made: Made): Probe | undefined =>
  made.probed === undefined ? undefined : { circuit: made.probed, isAlive: hasSucceeded(made) };

/** What attempts at one webhook mean for it. */
function toNews(attempts: readonly Made[], nowMs: number): WebhookNews | undefined {
  const [first] = attempts;
  const tally = tallyAttempts(
    attempts.map((made) => ({
      success: hasSucceeded(made),
      final: isFinal(made.delivery.state),
      statusCode: made.delivery.attempts.at(-1)?.status,
      error: made.delivery.attempts.at(-1)?.error,
      at: made.delivery.updated_at,
    })),
  );
  if (first === undefined || tally === undefined) return undefined;
  const slowDowns = attempts.flatMap(({ result }) => slowDownSeconds(result, 0, nowMs) ?? []);
  return {
    tenant: first.webhook.tenant,
    id: first.webhook.id,
    tally,
    probed: attempts.map(toProbe).find((probe) => probe !== undefined),
    slowDownMs: slowDowns.length === 0 ? undefined : Math.max(...slowDowns) * 1000,
    isQuickAgain:
      first.webhook.late_until !== undefined &&
      attempts.every(({ result }) => result.durationMs < lateAnswerMs),
    disable: attempts.map(({ result }) => reasonToDisable(result)).find((reason) => reason !== undefined),
  };
}
