import { describe, expect, test } from 'vitest';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { DigestTable } from '../../shared/aws/digest-table.ts';
import type { QueueMessage } from '../../shared/aws/send-messages.ts';
import { digestKeyOf, flushMessageSchema } from '../../shared/digest.ts';
import { createCollectDigests } from './collect-digests.ts';

const coalesce = { window_seconds: 60, key: '{data.series_title}' };
const subscriber = { id: 'wh_01', name: 'Library', coalesce } as const;
const collectable = (id: string, series_title = 'Frieren', offsetMs = 0) => ({
  event: anEvent({ id, timestamp: new Date(noonMs + offsetMs).toISOString(), data: { series_title } }),
  subscriber,
});

function world(overrides: Partial<Parameters<typeof createCollectDigests>[0]> = {}) {
  const clock = { ms: noonMs };
  const order: string[] = [];
  const members: Parameters<DigestTable['putMembers']>[0][number][] = [];
  const queued: QueueMessage[] = [];
  let tokens = 0;
  const log = collectLog();
  const collect = createCollectDigests({
    putMembers: async (its) => {
      order.push('members');
      members.push(...its);
    },
    queueFlushes: async (messages) => {
      order.push('queue');
      queued.push(...messages);
      return [];
    },
    now: () => clock.ms,
    createToken: () => `token-${++tokens}`,
    log,
    ...overrides,
  });
  return { collect, clock, order, members, queued, log };
}

describe('events of a webhook that gathers them', () => {
  test('are written down, and then one flush is queued for the end of their window', async () => {
    const { collect, order, members, queued } = world();
    const matches = [collectable('e1'), collectable('e2'), collectable('e3')];
    await expect(collect(matches)).resolves.toEqual([]);
    expect(order).toEqual(['members', 'queue']);
    expect(members.map(({ member }) => member.id)).toEqual(['e1', 'e2', 'e3']);
    expect(queued).toMatchObject([{ groupId: 'wh_01', delaySeconds: 61 }]);
    expect(flushMessageSchema.parse(JSON.parse(queued[0]?.body ?? ''))).toEqual({
      flush: { ...digestKeyOf(collectable('e1').event, 'wh_01', coalesce), webhook_name: 'Library' },
      token: 'token-1',
      not_before: noonMs + 60_500,
    });
  });

  test('that follow while a flush is queued need no other, until it may be under way', async () => {
    const { collect, clock, queued } = world();
    await collect([collectable('e1')]);
    clock.ms = noonMs + 60_499;
    await collect([collectable('e2')]);
    expect(queued).toHaveLength(1);
    clock.ms = noonMs + 60_500;
    await collect([collectable('e3')]);
    expect(queued).toHaveLength(2);
  });

  test('that are written while their flush comes due get another one', async () => {
    const clock = { ms: noonMs };
    const { collect, queued } = world({
      now: () => clock.ms,
      putMembers: async (its) => {
        if (its[0]?.member.id === 'e2') clock.ms = noonMs + 70_000;
      },
    });
    await collect([collectable('e1')]);
    clock.ms = noonMs + 50_000;
    await collect([collectable('e2')]);
    expect(queued.map(({ delaySeconds }) => delaySeconds)).toEqual([61, 60]);
  });

  test('have a flush for each key and each window', async () => {
    const { collect, queued } = world();
    await collect([
      collectable('e1'),
      collectable('e2', 'Mushishi'),
      collectable('e3', 'Frieren', 60_000),
      collectable('e4'),
    ]);
    expect(queued.map(({ delaySeconds }) => delaySeconds)).toEqual([61, 61, 121]);
  });

  test('that come in batches side by side share one flush', async () => {
    const { collect, queued } = world();
    await Promise.all([collect([collectable('e1')]), collect([collectable('e2')])]);
    expect(queued).toHaveLength(1);
  });

  test('cost nothing when there are none', async () => {
    const { collect, order } = world();
    await expect(collect([])).resolves.toEqual([]);
    expect(order).toEqual([]);
  });
});

describe('events come again', () => {
  test('all of them, and none is announced, when they cannot be written down', async () => {
    const { collect, queued, log } = world({ putMembers: async () => Promise.reject(new Error('down')) });
    const matches = [collectable('e1'), collectable('e2', 'Mushishi')];
    await expect(collect(matches)).resolves.toEqual(matches);
    expect(queued).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'error', failed: 2 }]);
  });

  test('those alone whose flush the queue does not take', async () => {
    const { collect, log } = world({ queueFlushes: async (messages) => messages.slice(1) });
    const matches = [collectable('e1'), collectable('e2', 'Mushishi'), collectable('e3')];
    await expect(collect(matches)).resolves.toEqual([matches[1]]);
    expect(log.lines).toMatchObject([{ level: 'error', failed: 1 }]);
  });

  test('also those of a batch beside, which relied on the flush that the queue does not take', async () => {
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const { collect } = world({
      queueFlushes: async () => {
        calls++;
        await gate.promise;
        throw new Error('down');
      },
    });
    const [one, other] = [collectable('e1'), collectable('e2')];
    const both = Promise.all([collect([one]), collect([other])]);
    gate.resolve();
    await expect(both).resolves.toEqual([[one], [other]]);
    expect(calls).toBe(1);
  });

  test('and are announced then: a flush that was not taken is not remembered', async () => {
    const answers = [1, 0];
    const queued: QueueMessage[] = [];
    const { collect } = world({
      queueFlushes: async (messages) => {
        queued.push(...messages);
        return messages.slice(0, answers.shift());
      },
    });
    const match = collectable('e1');
    await expect(collect([match])).resolves.toEqual([match]);
    await expect(collect([match])).resolves.toEqual([]);
    expect(queued).toHaveLength(2);
  });
});
