import { describe, expect, test } from 'vitest';
import { aDelivery, anAttempt } from '../../test/builders/a-delivery.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import type { DeliveryReader } from '../../shared/aws/list-deliveries.ts';
import { encodeCursor } from '../../shared/cursor.ts';
import { createBrowseLogs } from './browse-logs.ts';

function browsing({ nextKey, done = true }: { nextKey?: string; done?: boolean } = {}) {
  const listed: Parameters<DeliveryReader['list']>[] = [];
  const deadlines: [string, number][] = [];
  const browse = createBrowseLogs({
    deliveries: {
      list: async (...call) => {
        listed.push(call);
        return { items: [aDelivery()], nextKey };
      },
    },
    ledger: {
      deleteDeliveries: async (...call) => {
        deadlines.push(call);
        return { deleted: 3, done };
      },
    },
    now: () => noonMs,
  });
  return { ...browse, listed, deadlines };
}
const asking = (query: Record<string, string>) => anHttpRequest({ query });

describe('GET', () => {
  test('answers rows in the words of the original’s log, with their attempts', async () => {
    const { list } = browsing();
    await expect(list(asking({}))).resolves.toMatchObject({
      status: 200,
      body: {
        logs: [
          {
            hook_type: 'webhook',
            webhook_id: 'wh_01',
            hook_id: null,
            event_name: 'subtitle_downloaded',
            success: true,
            status: 200,
            duration_ms: 12,
            attempts: [anAttempt()],
          },
        ],
        next_cursor: null,
      },
    });
  });

  test.each([
    [{}, {}, 50],
    [{ limit: '7' }, {}, 7],
    [{ hook_id: 'hk_1' }, { endpointId: 'hk_1' }, 50],
    [{ webhook_id: 'wh_1' }, { endpointId: 'wh_1' }, 50],
    [
      { event_name: 'config_updated', success: 'false' },
      { eventName: 'config_updated', states: ['exhausted', 'refused', 'parked', 'filtered'] },
      50,
    ],
    [{ success: 'true' }, { states: ['delivered'] }, 50],
    [{ since: '2026-11-22T13:00:00+01:00', until: '2026-11-22T12:00:00Z' }, { since: noon, until: noon }, 50],
  ])('asks with %j for just that', async (query, filter, limit) => {
    const { list, listed } = browsing();
    await list(asking(query));
    expect(listed).toEqual([['default', filter, { limit, beforeKey: undefined }]]);
  });

  test('goes on where the cursor of the page before ended', async () => {
    const { list, listed } = browsing({ nextKey: 'k2' });
    await expect(list(asking({ cursor: encodeCursor('k1') }))).resolves.toMatchObject({
      body: { next_cursor: encodeCursor('k2') },
    });
    expect(listed[0]?.[2]).toMatchObject({ beforeKey: 'k1' });
  });

  test.each([
    [{ hook_id: 'wh_1' }, 422, /hook_id: must be a hook id/],
    [{ webhook_id: '1' }, 422, /webhook_id: must be a webhook id/],
    [{ hook_id: 'hk_1', webhook_id: 'wh_1' }, 422, /cannot be given together/],
    [{ event_name: 'nope' }, 422, /event_name/],
    [{ success: 'yes' }, 422, /success/],
    [{ limit: '-1' }, 422, /limit/],
    [{ limit: '1e2' }, 422, /limit/],
    [{ since: 'yesterday' }, 422, /since: must be a time such as/],
    [
      { since: '2026-11-22T12:00:01Z', until: '2026-11-22T12:00:00Z' },
      422,
      /until: must not be before since/,
    ],
    [{ offset: '5' }, 422, /offset: is not a field/],
    [{ cursor: 'ä' }, 400, /cursor/],
  ])('refuses the query %j', async (query, status, message) => {
    await expect(browsing().list(asking(query))).rejects.toMatchObject({
      status,
      message: expect.stringMatching(message),
    });
  });
});

describe('DELETE', () => {
  test('clears the tenant’s log and keeps time back for the answer', async () => {
    const { clear, deadlines } = browsing();
    await expect(clear(anHttpRequest({ remainingMs: () => 20_000 }))).resolves.toEqual({
      status: 200,
      body: { deleted: 3, done: true },
    });
    expect(deadlines).toEqual([['default', noonMs + 15_000]]);
  });

  test('that ran out of time says to ask again', async () => {
    const { clear } = browsing({ done: false });
    await expect(clear(anHttpRequest())).resolves.toMatchObject({
      body: { done: false, message: expect.stringContaining('again') },
    });
  });
});
