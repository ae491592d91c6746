import { describe, expect, test } from 'vitest';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { memoryDigests } from '../../test/builders/memory-digests.ts';
import type { Delivery } from '../../shared/delivery.ts';
import { composeDigest, placeOf } from '../../shared/digest.ts';
import type { FlushMessage } from '../../shared/digest.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { createGatherDigest } from './gather-digest.ts';
import type { GatherDependencies } from './gather-digest.ts';

const key = { tenant: 'default', webhook_id: 'wh_01', digest_id: 'd1' } as const;
const flushBy = (token: string, after?: string): FlushMessage => ({
  flush: { ...key, webhook_name: 'Library' },
  token,
  ...(after === undefined ? {} : { after }),
});
const eventAt = (ms: number): CatalogEvent =>
  anEvent({ id: `e${ms}`, timestamp: new Date(noonMs + ms).toISOString() });
const idOfDelivery = (ms: number): string => `dlv_${(noonMs + ms).toString(36)}.e${ms}.wh_01`;

function world(overrides: Partial<GatherDependencies> = {}) {
  const events = new Map<string, CatalogEvent>();
  const recorded = new Set<string>();
  const put: Delivery[] = [];
  const advanced: Delivery[] = [];
  const further: FlushMessage[] = [];
  const delays: number[] = [];
  const digests = memoryDigests({
    findEvent: (member) => events.get(placeOf(member)),
    isRecorded: (_, { id }) => recorded.has(id),
  });
  const gather = createGatherDigest({
    digests,
    putDeliveries: async (rows) => void put.push(...rows),
    advanceDeliveries: async (rows) => void advanced.push(...rows),
    queueFlush: async (message, delaySeconds) => {
      further.push(message);
      delays.push(delaySeconds);
    },
    membersMax: 10,
    now: () => noonMs,
    createToken: () => 'further',
    ...overrides,
  });
  const collect = async (...times: number[]) => {
    for (const event of times.map(eventAt)) {
      events.set(placeOf(event), event);
      await digests.putMembers([{ digest: key, member: event }]);
    }
  };
  return { gather, collect, events, recorded, put, advanced, further, delays, digests };
}

describe('a digest', () => {
  test('is the delivery of its first event, and sends the latest for all of them', async () => {
    const { gather, collect } = world();
    await collect(3, 1, 2, 7, 5);
    await expect(gather(flushBy('a'))).resolves.toEqual({
      event: eventAt(1),
      webhook_id: 'wh_01',
      attempts: [],
      digest: { id: 'd1', part: 0, count: 5 },
      sent: composeDigest(eventAt(7), [1, 2, 3, 5, 7].map(eventAt)),
    });
  });

  test('leaves in the ledger, for each of its other events, where it went', async () => {
    const { gather, collect, put, advanced } = world();
    await collect(1, 2, 3);
    await gather(flushBy('a'));
    expect(put).toMatchObject(
      [2, 3].map((ms) => ({
        id: idOfDelivery(ms),
        event_id: `e${ms}`,
        event_name: 'subtitle_downloaded',
        endpoint_id: 'wh_01',
        endpoint_name: 'Library',
        tenant: 'default',
        state: 'filtered',
        attempts: [],
        reason: `sent as part of ${idOfDelivery(1)}`,
      })),
    );
    expect(advanced).toEqual([]);
  });

  test('of one event is told as one of one event', async () => {
    const { gather, collect, put } = world();
    await collect(1);
    await expect(gather(flushBy('a'))).resolves.toMatchObject({
      event: { id: 'e1' },
      sent: { data: { coalesced: { count: 1, event_ids: ['e1'] } } },
    });
    expect(put).toEqual([]);
  });

  test('that another message took is sent by that one alone', async () => {
    const { gather, collect } = world();
    await collect(1, 2);
    await gather(flushBy('a'));
    await expect(gather(flushBy('b'))).resolves.toBeUndefined();
  });

  test('is the same when its message comes again, whatever was gathered since', async () => {
    const { gather, collect, put, advanced } = world();
    await collect(1, 2);
    const first = await gather(flushBy('a'));
    await collect(0, 3);
    await expect(gather(flushBy('a'))).resolves.toEqual(first);
    // One of them may have been sent anew by hand meanwhile.
    expect(put.map(({ event_id }) => event_id)).toEqual(['e2']);
    expect(advanced.map(({ event_id }) => event_id)).toEqual(['e2']);
  });

  test('is not gathered before its time: its message is queued again, as it is, for the rest', async () => {
    const { gather, collect, further, delays } = world();
    await collect(1);
    const early = { ...flushBy('a'), not_before: noonMs + 1_001 };
    await expect(gather(early)).resolves.toBeUndefined();
    expect([further, delays]).toEqual([[early], [2]]);
    await expect(gather({ ...early, not_before: noonMs })).resolves.toMatchObject({ event: eventAt(1) });
  });

  test('is gathered at once when its time is further off than a queue delays: then a clock is wrong', async () => {
    const { gather, collect, further } = world();
    await collect(1);
    const wrong = { ...flushBy('a'), not_before: noonMs + 3 * 3_600_000 };
    await expect(gather(wrong)).resolves.toMatchObject({ event: eventAt(1) });
    expect(further).toEqual([]);
  });

  test('has a further part for what comes late', async () => {
    const { gather, collect } = world();
    await collect(1, 2);
    await gather(flushBy('a'));
    await collect(0, 1, 3);
    await expect(gather(flushBy('b'))).resolves.toMatchObject({
      event: { id: 'e0' },
      digest: { part: 1, count: 2 },
      sent: { data: { coalesced: { event_ids: ['e0', 'e3'] } } },
    });
  });

  test('leaves out what was delivered by itself, before its owner wanted digests', async () => {
    const { gather, collect, recorded } = world();
    await collect(1, 2, 3);
    recorded.add('e1').add('e3');
    await expect(gather(flushBy('a'))).resolves.toMatchObject({ event: { id: 'e2' }, digest: { count: 1 } });
    recorded.add('e2');
    await collect(4);
    recorded.add('e4');
    await expect(gather(flushBy('b'))).resolves.toBeUndefined();
  });

  test('of more events than one may stand for goes on in another message, queued before it is settled', async () => {
    const { gather, collect, further } = world({ membersMax: 4 });
    await collect(1, 2, 3, 4, 5, 6);
    await expect(gather(flushBy('a'))).resolves.toMatchObject({ digest: { part: 0, count: 4 } });
    expect(further).toEqual([flushBy('further', placeOf(eventAt(4)))]);
    await expect(gather(flushBy('further', further[0]?.after))).resolves.toMatchObject({
      event: { id: 'e5' },
      digest: { part: 1, count: 2 },
    });
    expect(further).toHaveLength(1);
  });

  test('whose further message the queue does not take is not settled', async () => {
    const { gather, collect, digests } = world({
      membersMax: 1,
      queueFlush: async () => Promise.reject(new Error('SQS did not take the message')),
    });
    await collect(1, 2);
    await expect(gather(flushBy('a'))).rejects.toThrow('SQS did not take the message');
    await expect(digests.listSeals(key)).resolves.toEqual([]);
  });

  test('that somebody else settles at the same moment is not settled twice', async () => {
    const { gather, collect, digests } = world();
    await collect(1, 2);
    const both = await Promise.all([gather(flushBy('a')), gather(flushBy('b'))]);
    expect(both.filter((message) => message !== undefined)).toHaveLength(1);
    await expect(digests.listSeals(key)).resolves.toHaveLength(1);
  });

  test('whose event the ledger does not hold brings back its message', async () => {
    const { gather, collect, events } = world();
    await collect(1, 2);
    events.delete(placeOf(eventAt(2)));
    await expect(gather(flushBy('a'))).rejects.toThrow('the event e2 is not in the ledger');
  });

  test('writes down a thousand events in portions that a table takes', async () => {
    const portions: number[] = [];
    const { gather, collect } = world({
      membersMax: 1_000,
      putDeliveries: async (rows) => void portions.push(rows.length),
    });
    await collect(...Array.from({ length: 1_000 }, (_, ms) => ms));
    await gather(flushBy('a'));
    expect(portions).toEqual([250, 250, 250, 249]);
  });
});
