import { describe, expect, test } from 'vitest';
import { aDelivery } from '../../test/builders/a-delivery.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { anEvent, noon } from '../../test/builders/an-event.ts';
import type { EventReader } from '../../shared/aws/list-events.ts';
import { encodeCursor } from '../../shared/cursor.ts';
import { eventAnswerSchema, eventsAnswerSchema } from '../../shared/ledger-answers.ts';
import { createBrowseEvents } from './browse-events.ts';

const event = { ...anEvent(), matched: 2 };
const counts = { states: { delivered: 1, parked: 1 }, truncated: false };

function browsing() {
  const listed: Parameters<EventReader['list']>[] = [];
  const opened: Parameters<EventReader['listDeliveries']>[1][] = [];
  const browse = createBrowseEvents({
    events: {
      list: async (...call) => {
        listed.push(call);
        return { items: [{ event, counts }], nextKey: 'k2' };
      },
      find: async (tenant, id) => (tenant === 'default' && id === event.id ? event : undefined),
      count: async () => counts,
      listDeliveries: async (_, page) => {
        opened.push(page);
        return { items: [aDelivery()], nextKey: undefined };
      },
    },
  });
  return { ...browse, listed, opened };
}

describe('GET /api/v1/events', () => {
  test('tells of each whom it concerned and what became of it, and neither its payload nor its tenant', async () => {
    const { body } = await browsing().list(anHttpRequest());
    expect(body).toEqual({
      events: [
        {
          id: event.id,
          event_name: event.event_name,
          version: 1,
          timestamp: noon,
          matched: 2,
          summary: counts,
        },
      ],
      next_cursor: encodeCursor('k2'),
    });
    expect(eventsAnswerSchema.safeParse(body).success).toBe(true);
  });

  test.each([
    [{}, {}],
    [
      { name: 'config_updated', state: 'unmatched' },
      { eventName: 'config_updated', state: 'unmatched' },
    ],
    [
      { state: 'retrying', since: noon, until: noon },
      { state: 'retrying', since: noon, until: noon },
    ],
  ])('asks with %j for just that', async (query, filter) => {
    const { list, listed } = browsing();
    await list(anHttpRequest({ query: { ...query, limit: '3', cursor: encodeCursor('k1') } }));
    expect(listed).toEqual([['default', filter, { limit: 3, beforeKey: 'k1' }]]);
  });

  test.each([
    [{ name: 'nope' }, /name/],
    [{ state: 'lost' }, /state/],
    [{ event_name: 'config_updated' }, /event_name: is not a field/],
  ])('refuses the query %j', async (query, message) => {
    await expect(browsing().list(anHttpRequest({ query }))).rejects.toMatchObject({
      status: 422,
      message: expect.stringMatching(message),
    });
  });
});

describe('GET /api/v1/events/{id}', () => {
  const asking = (id: string, query = {}) => anHttpRequest({ params: { id }, query });

  test('answers its payload and a page of what became of it', async () => {
    const { get, opened } = browsing();
    const { body } = await get(asking(event.id, { limit: '9', cursor: encodeCursor('k1') }));
    const answer = eventAnswerSchema.parse(body);
    expect(answer).toMatchObject({ id: event.id, data: event.data, summary: counts, next_cursor: null });
    expect(answer.deliveries[0]?.attempts).toEqual(aDelivery().attempts);
    expect(opened).toEqual([{ limit: 9, beforeKey: 'k1' }]);
  });

  test('of an id that is not known says where to look', async () => {
    await expect(browsing().get(asking('evt_x'))).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('GET /api/v1/events'),
    });
  });
});
