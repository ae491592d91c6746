import { describe, expect, test } from 'vitest';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { ApiError } from '../../shared/api-error.ts';
import { createTestFilter } from './test-filter.ts';

const published = anEvent({ id: 'evt_known', data: { score: 7 } });

const testFilter = createTestFilter({
  findEvent: async (tenant, id) => (tenant === 'default' && id === published.id ? published : undefined),
  createEventId: () => 'evt_made',
  now: () => noonMs,
});
const send = (body: unknown, tenant = 'default') =>
  testFilter(anHttpRequest({ tenant, body: JSON.stringify(body) }));

async function refusal(body: unknown, tenant?: string): Promise<ApiError> {
  const error: unknown = await send(body, tenant).catch((caught: unknown) => caught);
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${JSON.stringify(error)}`);
  return error;
}

const event = { event_name: 'subtitle_downloaded', data: { score: 3 } };

describe('trying a filter', () => {
  test('on an event that it lets through says so, and shows the event as it was tried', async () => {
    const filter = { event_name: ['subtitle_downloaded'], data: { score: [{ numeric: ['<', 5] }] } };
    await expect(send({ filter, event })).resolves.toEqual({
      status: 200,
      body: {
        matches: true,
        mismatches: [],
        event: { id: 'evt_made', version: 1, timestamp: noon, ...event },
      },
    });
  });

  test('on an event that it keeps out says where it differs', async () => {
    const answer = await send({ filter: { data: { score: [{ numeric: ['>', 5] }] } }, event });
    expect(answer.body).toMatchObject({
      matches: false,
      mismatches: [{ field: 'data.score', message: 'data.score is 3; accepted: {"numeric":[">",5]}' }],
    });
  });

  test('takes what publishing would stamp from the request when it is given', async () => {
    const stamped = { ...event, id: 'mine', version: 2, timestamp: '2020-01-01T00:00:00.000Z' };
    const filter = { id: ['mine'], version: [2], timestamp: [{ prefix: '2020' }] };
    await expect(send({ filter, event: stamped })).resolves.toMatchObject({
      body: { matches: true, event: stamped },
    });
  });

  test('on an event that was published shows what receivers got, and nothing of ours', async () => {
    const filter = { id: ['evt_known'], data: { score: [7] } };
    const { body } = await send({ filter, event_id: 'evt_known' });
    const { tenant: _tenant, audience: _audience, ...shown } = published;
    expect(body).toEqual({ matches: true, mismatches: [], event: shown });
  });

  test('on an event of somebody else is a 404 as on none', async () => {
    for (const [id, tenant] of [
      ['evt_known', 'somebody'],
      ['evt_none', 'default'],
    ] as const) {
      const error = await refusal({ filter: { id: ['x'] }, event_id: id }, tenant);
      expect(error.status).toBe(404);
      expect(error.message).toContain(`There is no event "${id}"`);
    }
  });

  test.each([
    [{ filter: { data: { score: [{ numeric: ['>'] }] } }, event }, 'filter.data.score[0].numeric[1]'],
    [{ filter: { detail: ['x'] }, event }, 'filter.detail'],
    [{ filter: null, event }, 'filter'],
    [{ event }, 'filter'],
    [{ filter: { id: ['x'.repeat(4096)] }, event }, 'filter'],
    [{ filter: { id: ['x'] } }, 'event'],
    [{ filter: { id: ['x'] }, event, event_id: 'evt_known' }, 'event'],
    [{ filter: { id: ['x'] }, event: { event_name: 'nope', data: {} } }, 'event.event_name'],
    [{ filter: { id: ['x'] }, event: { event_name: 'config_updated' } }, 'event.data'],
    [{ filter: { id: ['x'] }, event: { ...event, tenant: 'x' } }, 'event.tenant'],
  ])('refuses %j and names the place', async (body, field) => {
    const error = await refusal(body);
    expect(error.status).toBe(422);
    expect(error.details.map((detail) => detail.field)).toEqual([field]);
  });
});
