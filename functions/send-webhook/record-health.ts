import type { Probe, WebhookHealth, WebhookNews } from '../../shared/aws/webhook-table.ts';
import { isFinal } from '../../shared/delivery.ts';
import { lateAnswerMs } from '../../shared/limits.ts';
import { isSuccess, reasonToDisable, slowDownSeconds } from '../../shared/retry.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { tallyAttempts } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { Step } from './step.ts';

export interface RecordHealthDependencies {
  readonly health: Pick<WebhookHealth, 'record'>;
  /** Told of every webhook that a write answered, for whoever reads webhooks from memory. */
  readonly onWebhook: (webhook: Webhook) => void;
  readonly now: () => number;
  readonly log: Log;
}

/** Makes what tells each webhook of a batch, in one write, what its attempts came to. It never throws. */
export function createRecordHealth({ health, onWebhook, now, log }: RecordHealthDependencies) {
  return async (steps: readonly Step[]): Promise<void> => {
    const attempts = steps.flatMap(({ delivery, attempted }) =>
      delivery === undefined || attempted === undefined ? [] : { delivery, ...attempted },
    );
    const byWebhook = Map.groupBy(attempts, ({ webhook }) => `${webhook.tenant} ${webhook.id}`);
    await Promise.all(
      Array.from(byWebhook.values(), async (its) => {
        const news = toNews(its, now());
        if (news === undefined) return;
        try {
          const webhook = await health.record(news);
          if (webhook !== undefined) onWebhook(webhook);
        } catch (error) {
          // Losing them loses no delivery, so they fail no message.
          log.error('counters not written', { endpoint_id: news.id, error });
        }
      }),
    );
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
