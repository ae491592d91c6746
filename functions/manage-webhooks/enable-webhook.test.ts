import { expect, test } from 'vitest';
import { aJob } from '../../test/builders/a-job.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { memoryConfigRows } from '../../test/builders/memory-config-rows.ts';
import type { StartReplay } from '../../shared/start-replay.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createEnableWebhook } from './enable-webhook.ts';

const disabled = aWebhook({
  enabled: false,
  disabled_reason: 'it failed',
  consecutive_failures: 10,
  failed_attempts: 40,
  circuit: { until: noonMs + 1000, level: 2, reason: 'failing' },
});

async function enable(body?: object) {
  const webhooks = memoryConfigRows<Webhook>();
  await webhooks.put('default', disabled.id, disabled);
  const replays: Parameters<StartReplay>[] = [];
  const answer = await createEnableWebhook({
    webhooks,
    countRows: async () => ({ count: 4, after: undefined }),
    startReplay: async (...replay) => {
      // Whoever would be sent to before that would only park it again.
      expect((await webhooks.get('default', disabled.id))?.enabled).toBe(true);
      replays.push(replay);
      return aJob();
    },
    now: () => noonMs,
  })(anHttpRequest({ params: { id: disabled.id }, body: body && JSON.stringify(body) }));
  return { answer, replays, webhook: await webhooks.get('default', disabled.id) };
}

test('a webhook is enabled as good as new, without a word of what was wrong', async () => {
  const { answer, replays, webhook } = await enable();
  expect(answer).toMatchObject({ status: 200, body: { webhook: { enabled: true }, job: null } });
  const { disabled_reason: _reason, circuit: _circuit, ...rest } = disabled;
  expect(webhook).toEqual({ ...rest, enabled: true, consecutive_failures: 0, failed_attempts: 0 });
  expect(replays).toEqual([]);
});

test('what was parked is replayed after it was enabled, and after what was being parked is written down', async () => {
  const { answer, replays } = await enable({ replay: true, rate_per_second: 9 });
  expect(answer).toMatchObject({ status: 202, body: { job: { state: 'queued' } } });
  expect(replays).toEqual([
    [
      {
        tenant: 'default',
        endpointId: 'wh_01',
        selection: { until: noon, states: ['parked'] },
        ratePerSecond: 9,
      },
      2,
    ],
  ]);
});

test('a dry run counts and changes nothing', async () => {
  const { answer, replays, webhook } = await enable({ replay: true, dry_run: true });
  expect(answer).toEqual({ status: 200, body: { dry_run: true, total: 4, complete: true } });
  expect(webhook).toEqual(disabled);
  expect(replays).toEqual([]);
});
