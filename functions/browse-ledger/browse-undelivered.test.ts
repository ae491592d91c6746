import { expect, test } from 'vitest';
import { aDelivery, anAttempt } from '../../test/builders/a-delivery.ts';
import { aHook } from '../../test/builders/a-hook.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { memoryConfigRows } from '../../test/builders/memory-config-rows.ts';
import type { ListUndelivered } from '../../shared/aws/list-undelivered.ts';
import { encodeCursor } from '../../shared/cursor.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { Hook } from '../../shared/hook.ts';
import { undeliveredAnswerSchema } from '../../shared/ledger-answers.ts';
import { groupUndelivered } from '../../shared/undelivered.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createBrowseUndelivered } from './browse-undelivered.ts';

async function browsing(rows: readonly Delivery[], nextKey?: string) {
  const [webhooks, hooks] = [memoryConfigRows<Webhook>(), memoryConfigRows<Hook>()];
  const listed: Parameters<ListUndelivered>[] = [];
  const browse = createBrowseUndelivered({
    listUndelivered: async (...call) => {
      listed.push(call);
      const { groups } = groupUndelivered(rows, 10);
      const lastOf = (id: string) => rows.find(({ endpoint_id }) => endpoint_id === id);
      return {
        endpoints: groups.map((group) => ({ ...group, lastDelivery: lastOf(group.endpointId) })),
        nextKey,
      };
    },
    webhooks,
    hooks,
  });
  const ask = async (query: Record<string, string> = {}) =>
    undeliveredAnswerSchema.parse((await browse(anHttpRequest({ query }))).body);
  return { ask, webhooks, hooks, listed };
}

const exhausted = aDelivery({
  state: 'exhausted',
  attempts: [anAttempt({ status: 503, error: 'HTTP 503' })],
});

test('tells of a webhook where it leads, how it is, why the last was not delivered, and how to send it again', async () => {
  const { ask, webhooks } = await browsing([exhausted]);
  await webhooks.put(
    'default',
    'wh_01',
    aWebhook({
      url: 'https://user:pass@media.example:8443/secret-path?token=1',
      circuit: { until: noonMs, level: 1, reason: 'failing' },
    }),
  );
  const answer = await ask();
  expect(answer).toMatchObject({
    endpoints: [
      {
        hook_type: 'webhook',
        webhook_id: 'wh_01',
        hook_id: null,
        name: 'Library',
        deleted: false,
        url_host: 'media.example:8443',
        enabled: true,
        circuit: { reason: 'failing', until: noon },
        total: 1,
        states: { exhausted: 1 },
        oldest: noon,
        newest: noon,
        last_error: 'HTTP 503',
        last_status: 503,
        last_delivery_id: exhausted.id,
        next_retry_at: null,
        request: { method: 'POST', path: '/api/v1/webhooks/wh_01/replay' },
      },
    ],
    truncated: false,
    next_cursor: null,
  });
  expect(JSON.stringify(answer)).not.toMatch(/pass|secret-path|token/);
});

test('tells why a webhook was disabled, and why what came since was parked', async () => {
  const { ask, webhooks } = await browsing([
    aDelivery({ state: 'parked', attempts: [], reason: 'the webhook is disabled' }),
  ]);
  await webhooks.put('default', 'wh_01', aWebhook({ enabled: false, disabled_reason: '10 failures' }));
  expect((await ask()).endpoints).toMatchObject([
    {
      enabled: false,
      disabled_reason: '10 failures',
      last_error: 'the webhook is disabled',
      last_status: null,
      request: { path: '/api/v1/webhooks/wh_01/enable', body: { replay: true } },
    },
  ]);
});

test('tells of hooks too, and of what was deleted by the name that it had', async () => {
  const { ask, hooks } = await browsing([
    aDelivery({ endpoint_id: 'hk_01', endpoint_name: 'Old name', state: 'running' }),
    exhausted,
  ]);
  await hooks.put('default', 'hk_01', aHook());
  expect((await ask()).endpoints).toMatchObject([
    {
      hook_type: 'script',
      hook_id: 'hk_01',
      webhook_id: null,
      name: 'Notify',
      url_host: null,
      enabled: true,
    },
    { webhook_id: 'wh_01', name: 'Library', deleted: true, enabled: null, request: null },
  ]);
});

test('says when it did not count all, and goes on from there', async () => {
  const { ask, listed } = await browsing([], 'k2');
  await expect(ask({ cursor: encodeCursor('k1'), limit: '2', since: noon })).resolves.toEqual({
    endpoints: [],
    truncated: true,
    next_cursor: encodeCursor('k2'),
  });
  expect(listed).toEqual([['default', { since: noon, until: undefined }, { limit: 2, beforeKey: 'k1' }]]);
});

test('refuses what is no field of the query', async () => {
  const { ask } = await browsing([]);
  await expect(ask({ webhook_id: 'wh_1' })).rejects.toMatchObject({ status: 422 });
});
