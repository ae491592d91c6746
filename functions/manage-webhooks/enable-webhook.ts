import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ReplayRows } from '../../shared/aws/replay-rows.ts';
import { jobPath, viewJob } from '../../shared/job.ts';
import { readOptionalBody } from '../../shared/read-optional-body.ts';
import { enableFieldsSchema, parkedUntil } from '../../shared/replay-fields.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { StartReplay } from '../../shared/start-replay.ts';
import { viewWebhook } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { enabledAnew } from './enabled-anew.ts';
import { requireWebhook } from './manage-webhooks.ts';
import { updateWebhook } from './update-webhook.ts';

interface Dependencies {
  readonly webhooks: Pick<ConfigRows<Webhook>, 'get' | 'update'>;
  readonly countRows: ReplayRows['count'];
  readonly startReplay: StartReplay;
  readonly now: () => number;
}

/** Time kept back for the answer itself. */
const answerMarginMs = 5_000;
/** An event that met the webhook while it was disabled is written down as parked by then. */
const settleSeconds = 2;

/** `POST /api/v1/webhooks/{id}/enable`: with `replay`, what was parked meanwhile is sent, as a job. */
export function createEnableWebhook({ webhooks, countRows, startReplay, now }: Dependencies) {
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    const { replay, dry_run, rate_per_second } = readOptionalBody(enableFieldsSchema, request.body);
    const webhook = await requireWebhook(webhooks, request);
    const { tenant, id } = webhook;
    if (dry_run) {
      const { count, after } = await countRows({
        tenant,
        webhookId: id,
        selection: parkedUntil(now()),
        deadlineMs: now() + request.remainingMs() - answerMarginMs,
      });
      return { status: 200, body: { dry_run: true, total: count, complete: after === undefined } };
    }
    const enabled = await updateWebhook(webhooks, webhook, {
      ...enabledAnew,
      updated_at: new Date(now()).toISOString(),
    });
    const shown = viewWebhook(enabled, now());
    if (!replay) return { status: 200, body: { webhook: shown, job: null } };
    const job = await startReplay(
      { tenant, webhookId: id, selection: parkedUntil(now()), ratePerSecond: rate_per_second },
      settleSeconds,
    );
    return {
      status: 202,
      body: { webhook: shown, job: viewJob(job) },
      headers: { location: jobPath(job.id) },
    };
  };
}
