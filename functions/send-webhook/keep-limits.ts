import type { FlowTable, Lease } from '../../shared/aws/flow-table.ts';
import { drainPerSecond } from '../../shared/circuit.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import type { Webhook } from '../../shared/webhook.ts';

/** A message that may be sent as far as its webhook's health goes. */
export interface Candidate {
  readonly messageId: string;
  readonly message: WebhookMessage;
  readonly webhook: Webhook;
}

/** Which candidates may be sent now, and when the others are to come again. */
export interface Limited {
  readonly go: readonly Candidate[];
  readonly later: readonly {
    readonly messageId: string;
    readonly message: WebhookMessage;
    readonly dueMs: number;
  }[];
  /** Gives back the places in flight, when all are sent. */
  readonly release: () => Promise<void>;
}

/** A wait below this is taken here, in milliseconds: a queue delays by a second at least. */
const shortWaitMs = 50;
/** Room for what is written after the answer, in milliseconds. */
const leaseMarginMs = 15_000;
const waitSecondsMax = 30;

/** The deliveries a second that a webhook gets now; undefined when there is no limit. */
export function rateOf(webhook: Webhook, nowMs: number): number | undefined {
  const draining = (webhook.drain_until ?? 0) > nowMs;
  const limits = [webhook.rate_limit, draining ? drainPerSecond : undefined].filter(
    (limit) => limit !== undefined,
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Makes what keeps webhooks' `rate_limit` and `max_in_flight`, and the bounded rate after an outage. */
export function createKeepLimits({ flow, now }: { readonly flow: FlowTable; readonly now: () => number }) {
  const keepRate = async (webhook: Webhook, candidates: readonly Candidate[], rate: number) => {
    const [placed, placeless] = [
      candidates.filter(({ message }) => message.has_slot === true),
      candidates.filter(({ message }) => message.has_slot !== true),
    ];
    const intervalMs = 1000 / rate;
    const first =
      placeless.length === 0
        ? now()
        : await flow.reserve(webhook.tenant, webhook.id, placeless.length, intervalMs);
    const inLine = placeless.map((candidate, place) => ({ candidate, dueMs: first + place * intervalMs }));
    const isDue = ({ dueMs }: { dueMs: number }): boolean => dueMs <= now() + shortWaitMs;
    return {
      go: [...placed, ...inLine.filter(isDue).map(({ candidate }) => candidate)],
      later: inLine
        .filter((each) => !isDue(each))
        .map(({ candidate: { messageId, message }, dueMs }) => ({
          messageId,
          message: { ...message, has_slot: true },
          dueMs,
        })),
    };
  };

  const keepInFlight = async (
    webhook: Webhook,
    candidates: readonly Candidate[],
    max: number,
  ): Promise<Limited & { readonly lease: Lease }> => {
    const holdMs = webhook.timeout_seconds * 1000 + leaseMarginMs;
    const lease = await flow.lease(webhook.tenant, webhook.id, candidates.length, max, holdMs);
    return {
      lease,
      release: lease.release,
      go: candidates.slice(0, lease.count),
      later: candidates.slice(lease.count).map(({ messageId, message }, place) => {
        const waits = (message.waits ?? 0) + 1;
        // One after the other: together they would come in one batch again, of which again `max` may go.
        const seconds = Math.min(2 ** (waits - 1), waitSecondsMax) + Math.floor(place / max);
        return { messageId, message: { ...message, waits }, dueMs: now() + seconds * 1000 };
      }),
    };
  };

  const limitOne = async (webhook: Webhook, candidates: readonly Candidate[]): Promise<Limited> => {
    const rate = rateOf(webhook, now());
    const paced =
      rate === undefined ? { go: candidates, later: [] } : await keepRate(webhook, candidates, rate);
    if (webhook.max_in_flight === undefined || paced.go.length === 0) {
      return { ...paced, release: async () => undefined };
    }
    const { go, later, release } = await keepInFlight(webhook, paced.go, webhook.max_in_flight);
    return { go, later: [...paced.later, ...later], release };
  };

  return async (candidates: readonly Candidate[]): Promise<Limited> => {
    const byWebhook = Map.groupBy(candidates, ({ webhook }) => `${webhook.tenant} ${webhook.id}`);
    const limited = await Promise.all(
      Array.from(byWebhook.values(), async (its): Promise<Limited> => {
        const [first] = its;
        return first === undefined
          ? { go: [], later: [], release: async () => undefined }
          : limitOne(first.webhook, its);
      }),
    );
    return {
      go: limited.flatMap(({ go }) => go),
      later: limited.flatMap(({ later }) => later),
      release: async () => {
        await Promise.all(limited.map(({ release }) => release()));
      },
    };
  };
}
