import { expect, test } from 'vitest';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { aContext } from '../../test/builders/an-http-request.ts';
import { aReceived } from '../../test/builders/a-received.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { LoggedEvent } from '../../shared/aws/ledger.ts';
import { webhookMessageSchema } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { FanOutMessage } from './fan-out-message.ts';
import { createFanOut, toSubscriber } from './fan-out-webhooks.ts';

const filter = JSON.stringify({ data: { score: [{ numeric: ['>', 5] }] } });
const webhooks = [
  aWebhook({ id: 'wh_all' }),
  aWebhook({ id: 'wh_high', filter }),
  aWebhook({ id: 'wh_high_off', filter, enabled: false }),
  aWebhook({ id: 'wh_other', filter, event_names: ['config_updated'] }),
];

function fanOutOnce(score: number, receiveCount = 1) {
  const told = {
    events: [] as LoggedEvent[],
    put: [] as Delivery[],
    advanced: [] as Delivery[],
    queued: [] as string[],
  };
  const fanOut = createFanOut({
    listSubscribers: async () => webhooks.map(toSubscriber),
    putEvents: async (events) => void told.events.push(...events),
    putDeliveries: async (deliveries) => void told.put.push(...deliveries),
    advanceDeliveries: async (deliveries) => void told.advanced.push(...deliveries),
    queueDeliveries: async (messages) => {
      for (const { body } of messages)
        told.queued.push(webhookMessageSchema.parse(JSON.parse(body)).webhook_id);
      return [];
    },
    collectDigests: async () => [],
    queueRest: async () => undefined,
    now: () => noonMs,
    log: collectLog(),
  });
  const event = anEvent({ data: { score } });
  const message = aReceived<FanOutMessage>({ event, after: undefined }, { receiveCount });
  return fanOut([message], aContext()).then(() => told);
}

const filtered = {
  state: 'filtered',
  reason: 'data.score is 3; accepted: {"numeric":[">",5]}',
  attempts: [],
};

test('an event that filters keep out is queued for the others, and the ledger tells why not for these', async () => {
  const { queued, put, events } = await fanOutOnce(3);
  expect(queued).toEqual(['wh_all']);
  expect(put).toMatchObject([
    { ...filtered, endpoint_id: 'wh_high' },
    { ...filtered, endpoint_id: 'wh_high_off' },
  ]);
  expect(events).toMatchObject([{ matched: 1 }]);
});

test('an event that fits is queued, and parked for a disabled webhook', async () => {
  const { queued, put, events } = await fanOutOnce(7);
  expect(queued).toEqual(['wh_all', 'wh_high']);
  expect(put).toMatchObject([{ state: 'parked', endpoint_id: 'wh_high_off' }]);
  expect(events).toMatchObject([{ matched: 3 }]);
});

test('an event that comes a second time hides nothing that became of it the first time', async () => {
  const { put, advanced } = await fanOutOnce(3, 2);
  expect(put).toEqual([]);
  expect(advanced.map(({ state }) => state)).toEqual(['filtered', 'filtered']);
});
