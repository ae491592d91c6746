import { describe, expect, test } from 'vitest';
import { aSender, bodyOf, received } from '../../test/builders/a-sender.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import type { WebhookId } from '../../shared/ids.ts';

describe('a batch of deliveries', () => {
  test('is posted in parallel: one receiver that hangs holds up none of the others', async () => {
    const all = Promise.withResolvers<void>();
    let running = 0;
    const { send } = aSender(
      {},
      {
        post: async () => {
          if (++running === 3) all.resolve();
          await all.promise;
          return { kind: 'answered', status: 200, retryAfter: undefined, body: '', durationMs: 1 };
        },
      },
    );
    await expect(send([received('wh_a'), received('wh_b'), received('wh_c')])).resolves.toEqual([]);
  });

  test('queues what goes on, then writes the ledger, then counts, then tells: in this order', async () => {
    const { send, states, order } = aSender({ wh_b: 404, wh_c: 500 });
    await send([received('wh_a'), received('wh_b'), received('wh_c')]);
    expect(states()).toEqual([
      ['wh_a', 'delivered'],
      ['wh_b', 'refused'],
      ['wh_c', 'retrying'],
    ]);
    expect([...new Set(order)]).toEqual(['queue', 'ledger', 'counters', 'bus']);
    expect(order).toEqual(order.toSorted((a, b) => steps.indexOf(a) - steps.indexOf(b)));
  });
  const steps = ['queue', 'ledger', 'counters', 'bus'];

  test('writes what arrived as it is, and what a final state outweighs only where there is none', async () => {
    const put: string[] = [];
    const advanced: string[] = [];
    const { send, webhooks } = aSender(
      { wh_b: 404, wh_c: 500 },
      {
        putDeliveries: async (rows) => void put.push(...rows.map(({ state }) => state)),
        advanceDeliveries: async (rows) => void advanced.push(...rows.map(({ state }) => state)),
      },
    );
    webhooks['wh_off'] = { enabled: false };
    await send(['wh_a', 'wh_b', 'wh_c', 'wh_off', 'wh_deleted'].map((id) => received(id as WebhookId)));
    expect(put).toEqual(['delivered']);
    expect(advanced.sort()).toEqual(['filtered', 'parked', 'refused', 'retrying']);
  });

  test('queues a failed delivery again with its attempts, its delay, and its webhook as group', async () => {
    const { send, queued } = aSender({ wh_c: 500 });
    await send([received('wh_a'), received('wh_c')]);
    expect(queued).toMatchObject([{ lane: 'fast', groupId: 'wh_c', delaySeconds: 2 }]);
    expect(bodyOf(queued[0])).toMatchObject({
      event: anEvent(),
      webhook_id: 'wh_c',
      attempts: [{ status: 500 }],
    });
  });

  test('writes one log line that tells of each delivery, with ids and outcome and without payload or secret', async () => {
    const { send, log } = aSender({ wh_b: 500 });
    await send([received('wh_a'), received('wh_b')]);
    expect(log.lines).toMatchObject([
      {
        level: 'info',
        count: 2,
        deliveries: [
          { endpoint_id: 'wh_a', state: 'delivered', status: 200, attempt: 1 },
          { endpoint_id: 'wh_b', state: 'retrying', status: 500, reason: 'HTTP 500' },
        ],
      },
    ]);
    expect(JSON.stringify(log.lines)).not.toMatch(/Frieren|secret/);
  });

  test('of nothing does nothing', async () => {
    const { send, order } = aSender();
    await expect(send([])).resolves.toEqual([]);
    expect(order).toEqual([]);
  });
});

describe('what a limit keeps back', () => {
  test('is queued for its time in its lane, and neither posted nor written; places are given back', async () => {
    const { send, queued, order, posts, released } = aSender(
      {},
      {
        keepLimits: async ([first, ...rest]) => ({
          go: [],
          later: [first, ...rest].flatMap((each) =>
            each === undefined
              ? []
              : {
                  messageId: each.messageId,
                  message: { ...each.message, has_slot: true },
                  dueMs: noonMs + 2_500,
                },
          ),
          release: async () => void released.push('released'),
        }),
      },
    );
    await expect(send([received('wh_a')], 'slow')).resolves.toEqual([]);
    expect(posts).toEqual([]);
    expect(order).toEqual(['queue']);
    expect(queued).toMatchObject([{ lane: 'slow', delaySeconds: 3 }]);
    expect(bodyOf(queued[0]).has_slot).toBe(true);
    expect(released).toEqual(['released']);
  });

  test('is given back also when the sender fails, and failing to do so fails no delivery', async () => {
    const { send, log } = aSender(
      {},
      {
        keepLimits: async (go) => ({
          go,
          later: [],
          release: async () => Promise.reject(new Error('down')),
        }),
      },
    );
    await expect(send([received('wh_a')])).resolves.toEqual([]);
    expect(log.lines).toContainEqual(expect.objectContaining({ message: 'places in flight not given back' }));
  });
});
