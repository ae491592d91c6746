import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { ReplayRows } from '../../shared/aws/replay-rows.ts';
import { isWebhookId } from '../../shared/ids.ts';
import { jobPath, viewJob } from '../../shared/job.ts';
import { readOptionalBody } from '../../shared/read-optional-body.ts';
import { webhookIsDisabled } from '../../shared/replay.ts';
import { replayFieldsSchema, toSelection } from '../../shared/replay-fields.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { StartReplay } from '../../shared/start-replay.ts';
import { webhookIsMissing } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';

interface Dependencies {
  readonly webhooks: Pick<ConfigRows<Webhook>, 'get'>;
  readonly countRows: ReplayRows['count'];
  readonly startReplay: StartReplay;
  readonly now: () => number;
}

/** Time kept back for the answer itself. */
const answerMarginMs = 5_000;

/** `POST /api/v1/webhooks/{id}/replay`: sends deliveries of a webhook anew, as a job. */
export function createReplayWebhook({ webhooks, countRows, startReplay, now }: Dependencies) {
  return async ({ tenant, params, body, remainingMs }: HttpRequest): Promise<HttpAnswer> => {
    const fields = readOptionalBody(replayFieldsSchema, body);
    const id = params['id'] ?? '';
    const webhook = isWebhookId(id) ? await webhooks.get(tenant, id) : undefined;
    if (webhook === undefined) throw webhookIsMissing(id);
    if (!webhook.enabled) throw webhookIsDisabled(webhook.id);
    const selection = toSelection(fields, now());
    if (fields.dry_run) {
      const deadlineMs = now() + remainingMs() - answerMarginMs;
      const { count, after } = await countRows({ tenant, webhookId: webhook.id, selection, deadlineMs });
      return { status: 200, body: { dry_run: true, total: count, complete: after === undefined } };
    }
    const job = await startReplay({
      tenant,
      webhookId: webhook.id,
      selection,
      ratePerSecond: fields.rate_per_second,
    });
    return { status: 202, body: viewJob(job), headers: { location: jobPath(job.id) } };
  };
}
