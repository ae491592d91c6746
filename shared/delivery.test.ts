import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aDelivery, anAttempt, aWebhookMessage } from '../test/builders/a-delivery.ts';
import { anEvent, noon, noonMs } from '../test/builders/an-event.ts';
import { findPayloadProblems } from './catalog.ts';
import {
  createDelivery,
  createDeliveryId,
  createExecutionEvent,
  deliverySchema,
  deliveryStates,
  describeExecution,
  hookMessageSchema,
  isFinal,
  isOvertaken,
  isUndelivered,
  parseDeliveryId,
  viewDelivery,
  webhookMessageSchema,
} from './delivery.ts';
import type { DeliveryState } from './delivery.ts';
import { eventSchema } from './event.ts';

test('exactly running and retrying are not final', () => {
  expect(deliveryStates.filter((state) => !isFinal(state))).toEqual(['running', 'retrying']);
});

test('undelivered is all that was to arrive and has not', () => {
  expect(deliveryStates.filter((state) => !isUndelivered(state))).toEqual(['delivered', 'filtered']);
});

describe('a message', () => {
  const attempts = (count: number) => Array.from({ length: count }, () => anAttempt());
  const rounds = fc.option(fc.nat({ max: 3 }), { nil: undefined });
  const made = fc.nat({ max: 4 }).map(attempts);
  const states = fc.constantFrom(...deliveryStates);
  const cases = fc.record({ asked: rounds, known: rounds, sent: made, attempts: made, state: states });

  test('asks for nothing that is over, is further on, or was sent anew since; and for all else', () => {
    fc.assert(
      fc.property(cases, ({ asked, known, sent, attempts, state }) => {
        const overtaken = isOvertaken({ attempts: sent, round: asked }, { state, attempts, round: known });
        if ((asked ?? 0) > (known ?? 0)) expect(overtaken).toBe(false);
        else if ((asked ?? 0) < (known ?? 0) || isFinal(state)) expect(overtaken).toBe(true);
        else expect(overtaken).toBe(attempts.length > sent.length);
      }),
    );
  });
});

describe('the id of a delivery', () => {
  test('is the same for every attempt, and another for another event, time or endpoint', () => {
    const event = anEvent();
    const make = (state: DeliveryState, attempts: number, atMs: number) =>
      createDelivery(
        event,
        { id: 'wh_1', name: 'n' },
        { state, attempts: Array.from({ length: attempts }, () => anAttempt()) },
        atMs,
      ).id;
    expect(make('retrying', 1, noonMs)).toBe(make('exhausted', 4, noonMs + 60_000));
    const ids = [
      createDeliveryId(event, 'wh_1'),
      createDeliveryId(event, 'wh_2'),
      createDeliveryId(event, 'hk_1'),
      createDeliveryId(anEvent({ id: 'other' }), 'wh_1'),
      createDeliveryId(anEvent({ timestamp: new Date(noonMs + 1).toISOString() }), 'wh_1'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('can be read back to its three parts', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), fc.nat({ max: 4e12 }), (id, ms) => {
        const timestamp = new Date(ms).toISOString();
        const deliveryId = createDeliveryId(anEvent({ id, timestamp }), 'wh_1');
        expect(parseDeliveryId(deliveryId)).toEqual({ timestamp, eventId: id, endpointId: 'wh_1' });
      }),
    );
  });
});

test.each([
  '',
  'dlv_',
  'dlv_1.a',
  'dlv_1.a.src_1',
  'dlv_1.a.b.wh_1',
  'dlv_zzzzzzzzzz.a.wh_1',
  'evt_01',
  'dlv_01.a.wh_1',
])('%j is read as the id of no delivery', (id) => {
  expect(parseDeliveryId(id)).toBeUndefined();
});

describe('a delivery as the API shows it', () => {
  test.each<[DeliveryState, boolean | null]>([
    ['delivered', true],
    ['exhausted', false],
    ['refused', false],
    ['parked', false],
    ['filtered', false],
    ['retrying', null],
    ['running', null],
  ])('in the state %s has the success %s', (state, success) => {
    expect(viewDelivery(aDelivery({ state })).success).toBe(success);
  });

  test('of a webhook tells the last attempt, when the first began, and no tenant', () => {
    const attempts = [
      anAttempt({ status: 500, error: 'HTTP 500' }),
      anAttempt({ at: 'later', duration_ms: 7 }),
    ];
    const view = viewDelivery(aDelivery({ attempts }));
    expect(view).toMatchObject({
      hook_type: 'webhook',
      webhook_id: 'wh_01',
      hook_id: null,
      name: 'Library',
      status: 200,
      exit_code: null,
      error: null,
      duration_ms: 7,
      triggered_at: noon,
      attempts,
    });
    expect(view).not.toHaveProperty('tenant');
  });

  test('of a hook tells its exit code', () => {
    const attempts = [{ at: noon, duration_ms: 3, exit_code: 3, stdout: 'out', error: 'exit code 3' }];
    expect(viewDelivery(aDelivery({ endpoint_id: 'hk_1', attempts, state: 'exhausted' }))).toMatchObject({
      hook_type: 'script',
      hook_id: 'hk_1',
      webhook_id: null,
      status: null,
      exit_code: 3,
      error: 'exit code 3',
    });
  });

  test('without an attempt tells its reason and the time of its state', () => {
    const view = viewDelivery(
      aDelivery({ state: 'parked', attempts: [], reason: 'the webhook is disabled' }),
    );
    expect(view).toMatchObject({
      error: 'the webhook is disabled',
      duration_ms: null,
      triggered_at: noon,
    });
  });
});

describe('hook_executed', () => {
  test('tells the endpoint, the event, the state and the time of all attempts, within the catalog’s types', () => {
    const attempts = [anAttempt({ duration_ms: 5 }), anAttempt({ duration_ms: 7 })];
    const data = describeExecution(aDelivery({ attempts }));
    expect(data).toEqual({
      webhook_id: 'wh_01',
      hook_type: 'webhook',
      event_name: 'subtitle_downloaded',
      success: true,
      duration_ms: 12,
      event_id: 'evt_01',
      state: 'delivered',
    });
    expect(findPayloadProblems('hook_executed', data)).toEqual([]);
    expect(describeExecution(aDelivery({ endpoint_id: 'hk_1', state: 'exhausted' }))).toMatchObject({
      hook_id: 'hk_1',
      hook_type: 'script',
      success: false,
    });
  });

  test('is an event of the delivery’s tenant under an id of its own', () => {
    const event = createExecutionEvent(aDelivery({ tenant: 'acme' }), noonMs);
    expect(eventSchema.parse(event)).toEqual(event);
    expect(event).toMatchObject({ tenant: 'acme', event_name: 'hook_executed', timestamp: noon });
    expect(event.id).not.toBe('evt_01');
  });
});

describe('what travels between functions', () => {
  test('is read back as it was written', () => {
    for (const message of [
      aWebhookMessage(),
      aWebhookMessage({ attempts: [anAttempt()], not_before: noonMs }),
      aWebhookMessage({ attempts: [anAttempt()], round: 2, attempts_before: 1, has_slot: true, waits: 3 }),
    ]) {
      expect(webhookMessageSchema.parse(JSON.parse(JSON.stringify(message)))).toEqual(message);
    }
    expect(deliverySchema.parse(aDelivery())).toEqual(aDelivery());
  });

  test.each([
    [webhookMessageSchema, { ...aWebhookMessage(), webhook_id: 'hk_1' }],
    [webhookMessageSchema, { ...aWebhookMessage(), event: { ...anEvent(), event_name: 'nope' } }],
    [webhookMessageSchema, { ...aWebhookMessage(), event: { ...anEvent(), tenant: '' } }],
    [webhookMessageSchema, { ...aWebhookMessage(), event: { ...anEvent(), id: 'a.b' } }],
    [webhookMessageSchema, { ...aWebhookMessage(), event: { ...anEvent(), timestamp: 'yesterday' } }],
    [hookMessageSchema, { event: anEvent(), hook_id: 'wh_1' }],
    [deliverySchema, { ...aDelivery(), endpoint_id: 'evt_1' }],
    [deliverySchema, { ...aDelivery(), state: 'lost' }],
  ])('is refused when it is none: case %#', (schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});
