import { describe, expect, test } from 'vitest';
import { aDelivery, aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { audienceKeyOf } from '../../shared/aws/audience-table.ts';
import { deliveryKeyOf } from '../../shared/aws/ledger-keys.ts';
import { webhookKeyOf } from '../../shared/aws/webhook-table.ts';
import { webhookCacheMs } from '../../shared/limits.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createReadBatch, createWebhookMemory } from './read-batch.ts';

type Asked = Record<string, { readonly Keys: { readonly pk: string; readonly sk: string }[] }>;

function reading(items: readonly (readonly [table: string, item: Record<string, unknown>])[]) {
  const clock = { ms: noonMs };
  const memory = createWebhookMemory(() => clock.ms);
  const { client, calls } = fakeClient((input) => {
    const asked = input['RequestItems'] as Asked;
    const Responses: Record<string, unknown[]> = {};
    for (const [table, { Keys }] of Object.entries(asked)) {
      Responses[table] = items.flatMap(([of, item]) =>
        of === table && Keys.some(({ pk, sk }) => pk === item['pk'] && sk === item['sk']) ? item : [],
      );
    }
    return { Responses };
  });
  const read = createReadBatch(client, { config: 'config', ledger: 'ledger' }, memory, () => clock.ms);
  /** How many webhooks and ledger rows each call read. */
  const reads = () =>
    calls.map((call) => {
      const { config, ledger } = call['RequestItems'] as Asked;
      const webhooks = (config?.Keys ?? []).filter(({ sk }) => sk !== 'audience');
      return [webhooks.length, ledger?.Keys.length];
    });
  return { clock, memory, read, calls, reads };
}
const webhookItem = (webhook: Webhook) =>
  ['config', { ...webhook, ...webhookKeyOf('default', webhook.id) }] as const;
const message = (id: 'wh_01' | 'wh_02') => aWebhookMessage({ webhook_id: id });

describe('a batch', () => {
  test('is read in one call: the ledger’s rows, and each webhook once', async () => {
    const { read, calls } = reading([
      webhookItem(aWebhook()),
      ['ledger', { ...aDelivery(), ...deliveryKeyOf(anEvent(), 'wh_01') }],
    ]);
    const known = await read([message('wh_01'), message('wh_02')]);
    expect(calls).toHaveLength(1);
    expect(known.webhookOf(message('wh_01'))).toBeUndefined();
    const [first, second] = [message('wh_01'), message('wh_02')];
    const found = await read([first, second]);
    expect(found.webhookOf(first)).toEqual(aWebhook());
    expect(found.deliveryOf(first)).toEqual(aDelivery());
    expect(found.webhookOf(second)).toBeUndefined();
    expect(found.deliveryOf(second)).toBeUndefined();
  });

  test('tells who is watched, as it was when it was read', async () => {
    const { read, memory } = reading([
      ['config', { ...audienceKeyOf('default'), watched_until: noonMs / 1000 + 60 }],
    ]);
    expect(memory.isWatched('default')).toBe(false);
    await read([message('wh_01')]);
    expect(memory.isWatched('default')).toBe(true);
  });

  test('reads a webhook anew when half a second has gone, and the ledger every time', async () => {
    const { read, reads, clock } = reading([webhookItem(aWebhook())]);
    const first = message('wh_01');
    await read([first]);
    clock.ms += webhookCacheMs - 1;
    const known = await read([first]);
    expect(known.webhookOf(first)).toEqual(aWebhook());
    clock.ms += 1;
    await read([first]);
    expect(reads()).toEqual([
      [1, 1],
      [0, 1],
      [1, 1],
    ]);
  });

  test('reads a webhook anew when the clock was set back', async () => {
    const { read, reads, clock } = reading([webhookItem(aWebhook())]);
    await read([message('wh_01')]);
    clock.ms -= 1;
    await read([message('wh_01')]);
    expect(reads()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('remembers also that a webhook is not there', async () => {
    const { read, reads } = reading([]);
    await read([message('wh_01')]);
    await read([message('wh_01')]);
    expect(reads()).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  test('takes what a write answered for newer than what was read', async () => {
    const { read, memory } = reading([webhookItem(aWebhook())]);
    const first = message('wh_01');
    await read([first]);
    memory.keep('default', 'wh_01', aWebhook({ enabled: false }));
    expect((await read([first])).webhookOf(first)).toMatchObject({ enabled: false });
  });

  test('knows the webhooks of one tenant from those of another', async () => {
    const { read, memory } = reading([]);
    memory.keep('other', 'wh_01', aWebhook({ tenant: 'other' }));
    const first = message('wh_01');
    expect((await read([first])).webhookOf(first)).toBeUndefined();
  });
});
