import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aReceived } from '../../test/builders/a-received.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memoryLedger } from '../../test/builders/memory-ledger.ts';
import type { LoggedEvent } from '../../shared/aws/ledger.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { createDelivery, webhookMessageSchema } from '../../shared/delivery.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { fanOutMessageSchema } from './fan-out-message.ts';
import type { FanOutMessage } from './fan-out-message.ts';
import { createFanOut, toSubscriber } from './fan-out-webhooks.ts';

const plenty = { getRemainingTimeInMillis: () => 60_000 };
const none = { getRemainingTimeInMillis: () => 0 };

function world(webhooks: readonly Webhook[], overrides: Partial<Parameters<typeof createFanOut>[0]> = {}) {
  const current = [...webhooks];
  const events: LoggedEvent[] = [];
  const ledger = memoryLedger();
  const calls: (readonly QueueMessage[])[] = [];
  const rests: unknown[] = [];
  const asked: [string, number | undefined][] = [];
  const log = collectLog();
  const fanOut = createFanOut({
    listSubscribers: async (tenant, version) => {
      asked.push([tenant, version]);
      return current.filter((webhook) => webhook.tenant === tenant).map(toSubscriber);
    },
    putEvents: async (batch) => void events.push(...batch),
    putDeliveries: async (batch) => {
      for (const row of batch) ledger.put(row);
    },
    advanceDeliveries: async (batch) => {
      for (const row of batch) ledger.advance(row);
    },
    queueDeliveries: async (messages) => {
      calls.push(messages);
      return [];
    },
    collectDigests: async () => [],
    queueRest: async (message) => void rests.push(JSON.parse(JSON.stringify(message))),
    now: () => noonMs,
    log,
    ...overrides,
  });
  const queued = () =>
    calls.flat().map(({ body, groupId }) => ({ ...webhookMessageSchema.parse(JSON.parse(body)), groupId }));
  /** Gives out what was handed on, as its queue would. */
  const takeRests = (): Received<FanOutMessage>[] =>
    rests
      .splice(0)
      .map((rest) => aReceived(fanOutMessageSchema.parse(rest), { messageId: `rest-${++made}` }));
  let made = 0;
  return { fanOut, current, events, ledger, calls, queued, asked, log, takeRests };
}

const received = (event: CatalogEvent = anEvent(), receiveCount = 1): Received<FanOutMessage> =>
  aReceived({ event, after: undefined }, { messageId: `m-${event.id}`, receiveCount });
const many = (count: number): Webhook[] =>
  Array.from({ length: count }, (_, i) => aWebhook({ id: `wh_${String(i).padStart(5, '0')}` }));

describe('an event', () => {
  test('becomes one message for each webhook that subscribed to it, and for no other', async () => {
    const { fanOut, queued, events } = world([
      aWebhook({ id: 'wh_all' }),
      aWebhook({ id: 'wh_named', event_names: ['config_updated', 'subtitle_downloaded'] }),
      aWebhook({ id: 'wh_other', event_names: ['config_updated'] }),
      aWebhook({ id: 'wh_foreign', tenant: 'somebody' }),
    ]);
    await expect(fanOut([received()], plenty)).resolves.toEqual([]);
    expect(queued()).toEqual([
      { event: anEvent(), webhook_id: 'wh_all', attempts: [], groupId: 'wh_all' },
      { event: anEvent(), webhook_id: 'wh_named', attempts: [], groupId: 'wh_named' },
    ]);
    expect(events).toEqual([{ event: anEvent(), matched: 2 }]);
  });

  test('goes to whoever subscribed before it was published, whatever is remembered', async () => {
    const { fanOut, asked } = world([]);
    const audience = { version: 7, hooks: false, live: false };
    await fanOut([received(anEvent({ tenant: 't', audience })), received(anEvent({ id: 'old' }))], plenty);
    expect(asked).toEqual([
      ['t', 7],
      ['default', undefined],
    ]);
  });

  test('is kept in the ledger also when nobody subscribed, and is visible as such', async () => {
    const { fanOut, events, calls } = world([aWebhook({ event_names: ['config_updated'] })]);
    await fanOut([received()], plenty);
    expect(events).toEqual([{ event: anEvent(), matched: 0 }]);
    expect(calls).toEqual([]);
  });

  test('for a disabled webhook is parked in the ledger and not queued, and counts as matched', async () => {
    const { fanOut, ledger, calls, events } = world([aWebhook({ id: 'wh_off', enabled: false })]);
    await fanOut([received()], plenty);
    expect([...ledger.rows.values()]).toMatchObject([
      { endpoint_id: 'wh_off', state: 'parked', reason: 'the webhook is disabled', attempts: [] },
    ]);
    expect(calls.flat()).toEqual([]);
    expect(events).toMatchObject([{ matched: 1 }]);
  });

  test('about a delivery is delivered to nobody, even where the rule lets it through', async () => {
    const { fanOut, calls, ledger } = world([aWebhook(), aWebhook({ id: 'wh_off', enabled: false })]);
    await fanOut([received(anEvent({ event_name: 'hook_executed' }))], plenty);
    expect({ calls, rows: ledger.rows.size }).toEqual({ calls: [], rows: 0 });
  });

  test('to a thousand webhooks is queued a hundred messages at a time, each once', async () => {
    const webhooks = many(1_001);
    const { fanOut, calls, queued } = world(webhooks);
    await fanOut([received()], plenty);
    expect(Math.max(...calls.map((messages) => messages.length))).toBe(100);
    expect(queued().map(({ webhook_id }) => webhook_id)).toEqual(webhooks.map(({ id }) => id));
  });

  test('that comes a second time hides nothing that became of it the first time', async () => {
    const { fanOut, ledger } = world([aWebhook({ id: 'wh_off', enabled: false })]);
    const delivered = createDelivery(
      anEvent(),
      { id: 'wh_off', name: 'Library' },
      { state: 'delivered', attempts: [] },
      noonMs,
    );
    ledger.put(delivered);
    await fanOut([received(anEvent(), 2)], plenty);
    expect([...ledger.rows.values()]).toEqual([delivered]);
  });

  test('is one of several in a batch, which one log line tells of', async () => {
    const { fanOut, log } = world(many(2));
    await fanOut([received(anEvent({ id: 'e1' })), received(anEvent({ id: 'e2' }))], plenty);
    expect(log.lines).toMatchObject([
      {
        level: 'info',
        count: 4,
        failed: 0,
        events: [
          { event_id: 'e1', count: 2, state: 'queued' },
          { event_id: 'e2', count: 2, state: 'queued' },
        ],
      },
    ]);
  });
});

describe('a message of the queue', () => {
  test('is an event from the bus, or the rest of one', () => {
    expect(fanOutMessageSchema.parse(anEvent())).toEqual({ event: anEvent(), after: undefined });
    const rest = { event: anEvent(), after: 'wh_5' };
    expect(fanOutMessageSchema.parse(rest)).toEqual(rest);
    expect(fanOutMessageSchema.safeParse({ event: anEvent() }).success).toBe(false);
  });
});

describe('an event that there is no time to finish', () => {
  test('goes on in another invocation behind the last webhook that was queued', async () => {
    const { fanOut, queued, takeRests, events } = world(many(250));
    await expect(fanOut([received()], none)).resolves.toEqual([]);
    expect(queued()).toHaveLength(100);
    const [rest, ...others] = takeRests();
    expect(others).toEqual([]);
    expect(rest?.body).toEqual({ event: anEvent(), after: 'wh_00099' });
    if (rest !== undefined) await fanOut([rest], plenty);
    expect(queued().map(({ webhook_id }) => webhook_id)).toEqual(many(250).map(({ id }) => id));
    expect(events).toEqual([{ event: anEvent(), matched: 250 }]);
  });

  test('reaches every webhook exactly once over all invocations, however they are cut and batched', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 330 }), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 3 })),
        async (counts, cuts) => {
          const webhooks = counts.flatMap((count, index) =>
            many(count).map((webhook) => ({ ...webhook, tenant: `t${index}` })),
          );
          const { fanOut, queued, takeRests, events } = world(webhooks);
          let waiting = counts.map((_, index) => received(anEvent({ id: `e${index}`, tenant: `t${index}` })));
          for (let invocation = 0; waiting.length > 0; invocation++) {
            expect(invocation).toBeLessThan(50);
            let chunks = cuts.next().value;
            const context = { getRemainingTimeInMillis: () => (--chunks > 0 ? 60_000 : 1_000) };
            await expect(fanOut(waiting.splice(0, 2), context)).resolves.toEqual([]);
            waiting = [...waiting, ...takeRests()];
          }
          const keyOf = (tenant: string, id: string) => `${tenant} ${id}`;
          expect(
            queued()
              .map(({ event, webhook_id }) => keyOf(event.tenant, webhook_id))
              .sort(),
          ).toEqual(webhooks.map(({ tenant, id }) => keyOf(tenant, id)).sort());
          expect(
            events.toSorted((a, b) => (a.event.id < b.event.id ? -1 : 1)).map(({ matched }) => matched),
          ).toEqual(counts);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('hides nothing that became of a webhook since it began, and parks who was disabled since', async () => {
    const { fanOut, current, ledger, takeRests } = world([
      ...many(150),
      aWebhook({ id: 'wh_off', enabled: false }),
    ]);
    await fanOut([received()], none);
    const parked = ledger.find(anEvent(), 'wh_off');
    if (parked === undefined) throw new Error('it is not parked');
    ledger.put({ ...parked, state: 'delivered', round: 1 });
    current.splice(149, 1, aWebhook({ id: 'wh_00149', enabled: false }));
    await fanOut(takeRests(), plenty);
    expect(ledger.find(anEvent(), 'wh_off')).toMatchObject({ state: 'delivered', round: 1 });
    expect(ledger.find(anEvent(), 'wh_00149')).toMatchObject({ state: 'parked' });
  });

  test('comes back whole when its rest cannot be queued', async () => {
    const { fanOut, log } = world(many(150), {
      queueRest: async () => Promise.reject(new Error('queue down')),
    });
    await expect(fanOut([received()], none)).resolves.toEqual(['m-evt_01']);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', event_id: 'evt_01' }));
  });

  test('is not handed on when it comes back anyway', async () => {
    const { fanOut, takeRests } = world(many(150), {
      queueDeliveries: async ([first]) => (first ? [first] : []),
    });
    await expect(fanOut([received()], none)).resolves.toEqual(['m-evt_01']);
    expect(takeRests()).toEqual([]);
  });
});

describe('a failure', () => {
  const two = [received(anEvent({ id: 'e1' })), received(anEvent({ id: 'e2' }))];
  const eventOf = ({ body }: QueueMessage) => webhookMessageSchema.parse(JSON.parse(body)).event.id;

  test('to queue one delivery brings back its event’s message alone', async () => {
    const { fanOut, log } = world([aWebhook()], {
      queueDeliveries: async (messages) => messages.filter((message) => eventOf(message) === 'e2'),
    });
    await expect(fanOut(two, plenty)).resolves.toEqual(['m-e2']);
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        events: [
          expect.objectContaining({ event_id: 'e1', state: 'queued' }),
          expect.objectContaining({ event_id: 'e2', state: 'failed' }),
        ],
      }),
    );
  });

  test('to reach the queue brings back only the events that it still had to carry', async () => {
    let calls = 0;
    const { fanOut, log } = world(many(100), {
      queueDeliveries: async () => {
        if (++calls === 2) throw new Error('queue down');
        return [];
      },
    });
    await expect(fanOut(two, plenty)).resolves.toEqual(['m-e2']);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', failed: 100 }));
  });

  test('of the ledger brings back the batch before anything is queued', async () => {
    const { fanOut, calls } = world([aWebhook()], {
      putEvents: async () => Promise.reject(new Error('ledger down')),
    });
    await expect(fanOut(two, plenty)).rejects.toThrow('ledger down');
    expect(calls).toEqual([]);
  });
});
