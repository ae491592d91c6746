import { describe, expect, test } from 'vitest';
import { aDelivery, anAttempt } from '../../test/builders/a-delivery.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { noon } from '../../test/builders/an-event.ts';
import type { DeliveryReader } from '../../shared/aws/list-deliveries.ts';
import { encodeCursor } from '../../shared/cursor.ts';
import { deliveriesAnswerSchema, shownDeliverySchema } from '../../shared/ledger-answers.ts';
import { createBrowseDeliveries } from './browse-deliveries.ts';

const refused = aDelivery({
  state: 'exhausted',
  attempts: [
    anAttempt({ status: 500, error: 'HTTP 500' }),
    { at: noon, duration_ms: 3, error: 'timeout: no answer within 1 s', error_class: 'timeout' },
  ],
});

function browsing() {
  const listed: Parameters<DeliveryReader['list']>[] = [];
  const browse = createBrowseDeliveries({
    deliveries: {
      list: async (...call) => {
        listed.push(call);
        return { items: [refused], nextKey: 'k2' };
      },
      find: async (tenant, id) => (tenant === 'default' && id === refused.id ? refused : undefined),
    },
  });
  return { ...browse, listed };
}

describe('GET /api/v1/deliveries', () => {
  test('tells of each what the last attempt came to, and how many there were', async () => {
    const { body } = await browsing().list(anHttpRequest());
    const { deliveries, next_cursor } = deliveriesAnswerSchema.parse(body);
    expect(deliveries).toEqual([
      expect.objectContaining({
        id: refused.id,
        state: 'exhausted',
        attempt_count: 2,
        status: null,
        error_class: 'timeout',
        error: 'timeout: no answer within 1 s',
        webhook_id: 'wh_01',
      }),
    ]);
    expect(JSON.stringify(body)).not.toContain('attempts"');
    expect(next_cursor).toBe(encodeCursor('k2'));
  });

  test.each([
    [{}, {}],
    [
      { state: 'parked', webhook_id: 'wh_1' },
      { states: ['parked'], endpointId: 'wh_1' },
    ],
    [
      { hook_id: 'hk_1', event_name: 'config_updated' },
      { endpointId: 'hk_1', eventName: 'config_updated' },
    ],
    [
      { status_code: '503', since: noon },
      { statusCode: 503, since: noon },
    ],
  ])('asks with %j for just that', async (query, filter) => {
    const { list, listed } = browsing();
    await list(anHttpRequest({ query: { ...query, cursor: encodeCursor('k1') } }));
    expect(listed).toEqual([['default', filter, { limit: 50, beforeKey: 'k1' }]]);
  });

  test.each([
    [{ state: 'lost' }, /state/],
    [{ status_code: '99' }, /status_code: must be an HTTP status/],
    [{ hook_id: 'hk_1', webhook_id: 'wh_1' }, /cannot be given together/],
    [{ success: 'true' }, /success: is not a field/],
  ])('refuses the query %j', async (query, message) => {
    await expect(browsing().list(anHttpRequest({ query }))).rejects.toMatchObject({
      status: 422,
      message: expect.stringMatching(message),
    });
  });
});

describe('GET /api/v1/deliveries/{id}', () => {
  test('answers it with every attempt', async () => {
    const { status, body } = await browsing().get(anHttpRequest({ params: { id: refused.id } }));
    expect(status).toBe(200);
    expect(shownDeliverySchema.parse(body).attempts).toEqual(refused.attempts);
  });

  test('of an id that is not known says where to look', async () => {
    await expect(browsing().get(anHttpRequest({ params: { id: 'dlv_x' } }))).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('GET /api/v1/deliveries'),
    });
  });
});
