import { describe, expect, test } from 'vitest';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createFanOut } from './fan-out-webhooks.ts';

function world(webhooks: readonly Webhook[], overrides: Partial<Parameters<typeof createFanOut>[0]> = {}) {
  const events: CatalogEvent[] = [];
  const parked: Delivery[] = [];
  const calls: (readonly QueueMessage[])[] = [];
  const asked: [string, number][] = [];
  const log = collectLog();
  const fanOut = createFanOut({
    listWebhooks: async (tenant, sinceMs) => {
      asked.push([tenant, sinceMs]);
      return webhooks.filter((webhook) => webhook.tenant === tenant);
    },
    putEvents: async (batch) => {
      events.push(...batch);
    },
    putDeliveries: async (batch) => {
      parked.push(...batch);
    },
    queueDeliveries: async (messages) => {
      calls.push(messages);
      return [];
    },
    now: () => noonMs,
    log,
    ...overrides,
  });
  const queued = () =>
    calls.flat().map(({ body, groupId }) => ({ ...webhookMessageSchema.parse(JSON.parse(body)), groupId }));
  return { fanOut, events, parked, calls, queued, asked, log };
}

const received = (event: CatalogEvent = anEvent()) => ({ messageId: `m-${event.id}`, body: event });

describe('an event', () => {
  test('becomes one message for each webhook that subscribed to it, and for no other', async () => {
    const { fanOut, queued, events } = world([
      aWebhook({ id: 'wh_all' }),
      aWebhook({ id: 'wh_named', event_names: ['config_updated', 'subtitle_downloaded'] }),
      aWebhook({ id: 'wh_other', event_names: ['config_updated'] }),
      aWebhook({ id: 'wh_foreign', tenant: 'somebody' }),
    ]);
    await expect(fanOut([received()])).resolves.toEqual([]);
    expect(queued()).toEqual([
      { event: anEvent(), webhook_id: 'wh_all', attempts: [], groupId: 'wh_all' },
      { event: anEvent(), webhook_id: 'wh_named', attempts: [], groupId: 'wh_named' },
    ]);
    expect(events).toEqual([anEvent()]);
  });

  test('goes to whoever subscribed before it was published, whatever is remembered', async () => {
    const { fanOut, asked } = world([]);
    await fanOut([received(anEvent({ tenant: 't' }))]);
    expect(asked).toEqual([['t', noonMs]]);
  });

  test('is kept in the ledger also when nobody subscribed', async () => {
    const { fanOut, events, calls } = world([]);
    await fanOut([received()]);
    expect(events).toHaveLength(1);
    expect(calls).toEqual([]);
  });

  test('for a disabled webhook is parked in the ledger and not queued', async () => {
    const { fanOut, parked, calls } = world([aWebhook({ id: 'wh_off', enabled: false })]);
    await fanOut([received()]);
    expect(parked).toMatchObject([{ endpoint_id: 'wh_off', state: 'parked', attempts: [] }]);
    expect(calls.flat()).toEqual([]);
  });

  test('about a delivery is delivered to nobody, even where the rule lets it through', async () => {
    const { fanOut, calls, parked } = world([aWebhook(), aWebhook({ id: 'wh_off', enabled: false })]);
    await fanOut([received(anEvent({ event_name: 'hook_executed' }))]);
    expect({ calls, parked }).toEqual({ calls: [], parked: [] });
  });

  test('to a thousand webhooks is queued a hundred messages at a time, each once', async () => {
    const webhooks = Array.from({ length: 1_001 }, (_, i) => aWebhook({ id: `wh_${i}` }));
    const { fanOut, calls, queued } = world(webhooks);
    await fanOut([received()]);
    expect(Math.max(...calls.map((messages) => messages.length))).toBe(100);
    expect(queued().map(({ webhook_id }) => webhook_id)).toEqual(webhooks.map(({ id }) => id));
  });
});

describe('a failure', () => {
  const two = [received(anEvent({ id: 'e1' })), received(anEvent({ id: 'e2' }))];
  const eventOf = ({ body }: QueueMessage) => webhookMessageSchema.parse(JSON.parse(body)).event.id;

  test('to queue one delivery brings back its event’s message alone', async () => {
    const { fanOut, log } = world([aWebhook()], {
      queueDeliveries: async (messages) => messages.filter((message) => eventOf(message) === 'e2'),
    });
    await expect(fanOut(two)).resolves.toEqual(['m-e2']);
    expect(log.lines).toContainEqual(expect.objectContaining({ event_id: 'e2', state: 'failed' }));
    expect(log.lines).toContainEqual(expect.objectContaining({ event_id: 'e1', state: 'queued' }));
  });

  test('to reach the queue brings back only the events that it still had to carry', async () => {
    let calls = 0;
    const webhooks = Array.from({ length: 100 }, (_, i) => aWebhook({ id: `wh_${i}` }));
    const { fanOut, log } = world(webhooks, {
      queueDeliveries: async () => {
        if (++calls === 2) throw new Error('queue down');
        return [];
      },
    });
    await expect(fanOut(two)).resolves.toEqual(['m-e2']);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', failed: 100 }));
  });

  test('of the ledger brings back the batch before anything is queued', async () => {
    const { fanOut, calls } = world([aWebhook()], {
      putEvents: async () => Promise.reject(new Error('ledger down')),
    });
    await expect(fanOut(two)).rejects.toThrow('ledger down');
    expect(calls).toEqual([]);
  });
});
