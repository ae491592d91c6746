import { describe, expect, test } from 'vitest';
import { aDelivery } from '../test/builders/a-delivery.ts';
import { noon } from '../test/builders/an-event.ts';
import type { DeliveryState } from './delivery.ts';
import type { EndpointId } from './ids.ts';
import { adviseUndelivered, groupUndelivered } from './undelivered.ts';
import type { EndpointHealth } from './undelivered.ts';

function groupOf(endpoint_id: EndpointId, states: readonly DeliveryState[]) {
  const { groups } = groupUndelivered(
    states.map((state, index) => aDelivery({ endpoint_id, state, event_id: `e${index}` })),
    1,
  );
  const [group] = groups;
  if (group === undefined) throw new Error('no group');
  return group;
}

describe('rows are grouped', () => {
  const rows = (...ids: EndpointId[]) =>
    ids.map((endpoint_id) => aDelivery({ endpoint_id, state: 'parked' }));

  test('by endpoint, in the order in which the endpoints turn up', () => {
    const { groups, taken } = groupUndelivered(rows('wh_2', 'wh_1', 'wh_2'), 2);
    expect(groups).toMatchObject([
      { endpointId: 'wh_2', total: 2 },
      { endpointId: 'wh_1', total: 1 },
    ]);
    expect(taken).toBe(3);
  });

  test('up to the first of an endpoint too many', () => {
    const { groups, taken } = groupUndelivered(rows('wh_2', 'wh_1', 'wh_3', 'wh_1'), 2);
    expect(groups.map(({ total }) => total)).toEqual([1, 1]);
    expect(taken).toBe(2);
  });
});

describe('the advice', () => {
  const up: EndpointHealth = { enabled: true };
  const down: EndpointHealth = { enabled: false };
  const leftAlone: EndpointHealth = { enabled: true, circuit: { until: 1, level: 0, reason: 'failing' } };
  const replay = (states: readonly string[], endpoint = 'webhooks/wh_1') => ({
    method: 'POST',
    path: `/api/v1/${endpoint}/replay`,
    body: { since: noon, until: noon, states },
  });

  test.each<[string, EndpointId, readonly DeliveryState[], EndpointHealth | undefined, RegExp, unknown]>([
    ['is retried', 'wh_1', ['retrying'], up, /tried again by itself/, undefined],
    ['waits for a receiver', 'wh_1', ['retrying'], leftAlone, /left alone for a while/, undefined],
    [
      'was given up',
      'wh_1',
      ['retrying', 'exhausted', 'refused'],
      up,
      /send again/,
      replay(['exhausted', 'refused']),
    ],
    ['was parked before', 'wh_1', ['parked'], up, /send again/, replay(['parked'])],
    ['has no webhook any more', 'wh_1', ['parked'], undefined, /was deleted/, undefined],
    [
      'is parked',
      'wh_1',
      ['parked', 'exhausted'],
      down,
      /is disabled/,
      { method: 'POST', path: '/api/v1/webhooks/wh_1/enable', body: { replay: true } },
    ],
    ['is being run', 'hk_1', ['running', 'retrying'], up, /is being run/, undefined],
    ['failed in a script', 'hk_1', ['exhausted'], up, /Mend the script/, replay(['exhausted'], 'hooks/hk_1')],
    [
      'is parked for a hook',
      'hk_1',
      ['parked'],
      down,
      /is disabled/,
      { method: 'POST', path: '/api/v1/hooks/hk_1/enable', body: { replay: true } },
    ],
    ['has no hook any more', 'hk_1', ['parked'], undefined, /was deleted/, undefined],
  ])('for what %s says how to go on', (_, endpointId, states, endpoint, text, request) => {
    const advice = adviseUndelivered(groupOf(endpointId, states), endpoint);
    expect(advice.text).toMatch(text);
    expect(advice.request).toEqual(request);
  });
});
