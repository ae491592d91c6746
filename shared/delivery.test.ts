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
  viewDelivery,
  webhookMessageSchema,
} from './delivery.ts';
import type { DeliveryState } from './delivery.ts';
import { eventSchema } from './event.ts';

test('exactly running and retrying are not final', () => {
  expect(deliveryStates.filter((state) => !isFinal(state))).toEqual(['running', 'retrying']);
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
        const event = anEvent({ id, timestamp: new Date(ms).toISOString() });
        const [time = '', ...rest] = createDeliveryId(event, 'wh_1').split('.');
        expect(Number.parseInt(time.replace('dlv_', ''), 36)).toBe(ms);
        expect(rest).toEqual([id, 'wh_1']);
      }),
    );
  });
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
