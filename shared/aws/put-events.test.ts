import { describe, expect, test } from 'vitest';
import { anEvent } from '../../test/builders/an-event.ts';
import { fakeClient, noPause } from '../../test/builders/fake-client.ts';
import type { CatalogEvent } from '../event.ts';
import { eventBytesMax, putEventsBytesMax } from '../limits.ts';
import { createPublishEvents, joinPublishing } from './put-events.ts';

const events = (count: number): CatalogEvent[] =>
  Array.from({ length: count }, (_, i) => anEvent({ id: `e${i}` }));

interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time: Date;
}
const entriesOf = (call: Record<string, unknown> | undefined) => (call?.['Entries'] ?? []) as Entry[];
const idOf = (entry: Entry): string => (JSON.parse(entry.Detail) as CatalogEvent).id;

/** Answers an entry with the error code that `fail` gives for its id. */
const answering =
  (fail: (id: string, call: number) => string | undefined) =>
  (input: Record<string, unknown>, call: number) => {
    const Entries = entriesOf(input).map((entry) => {
      const code = fail(idOf(entry), call);
      return code === undefined ? { EventId: '1' } : { ErrorCode: code, ErrorMessage: 'x' };
    });
    return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
  };

const publisher = (answer: Parameters<typeof fakeClient>[0]) => {
  const { client, calls } = fakeClient(answer);
  return { publish: createPublishEvents(client, 'bus', noPause), calls };
};

describe('publishing', () => {
  test('puts the whole event as detail, under its name, on the named bus', async () => {
    const { publish, calls } = publisher(answering(() => undefined));
    const event = anEvent();
    await expect(publish([event])).resolves.toEqual([]);
    expect(entriesOf(calls[0])).toEqual([
      {
        EventBusName: 'bus',
        Source: 'sublarr.events',
        DetailType: event.event_name,
        Detail: JSON.stringify(event),
        Time: new Date(event.timestamp),
      },
    ]);
  });

  test('of nothing makes no call', async () => {
    const { publish, calls } = publisher(answering(() => undefined));
    await expect(publish([])).resolves.toEqual([]);
    expect(calls).toEqual([]);
  });

  test('makes calls of ten entries, in order, each event once', async () => {
    const { publish, calls } = publisher(answering(() => undefined));
    await publish(events(23));
    expect(calls.map((call) => entriesOf(call).length)).toEqual([10, 10, 3]);
    expect(calls.flatMap((call) => entriesOf(call).map(idOf))).toEqual(events(23).map(({ id }) => id));
  });

  test.each([
    [3, 120_000, [2, 1]],
    [4, eventBytesMax - 300, [1, 1, 1, 1]],
    [10, 26_000, [10]],
    [10, 26_100, [9, 1]],
    [2, 100_000, [2]],
  ])('splits %i events of %i bytes so that no call is over 256 KB', async (count, bytes, sizes) => {
    const { publish, calls } = publisher(answering(() => undefined));
    const data = { text: 'ä'.repeat(Math.floor(bytes / 2)) };
    await publish(events(count).map((event) => ({ ...event, data })));
    expect(calls.map((call) => entriesOf(call).length)).toEqual(sizes);
    for (const call of calls) {
      const total = entriesOf(call).reduce(
        (sum, entry) => sum + Buffer.byteLength(entry.Detail + entry.Source + entry.DetailType) + 14,
        0,
      );
      expect(total).toBeLessThanOrEqual(putEventsBytesMax);
    }
  });
});

describe('a partial failure', () => {
  test('is put again alone, until the bus takes it', async () => {
    const { publish, calls } = publisher(
      answering((id, call) => (['e1', 'e3'].includes(id) && call < 2 ? 'ThrottlingException' : undefined)),
    );
    await expect(publish(events(5))).resolves.toEqual([]);
    expect(calls.map((call) => entriesOf(call).map(idOf))).toEqual([
      ['e0', 'e1', 'e2', 'e3', 'e4'],
      ['e1', 'e3'],
      ['e1', 'e3'],
    ]);
  });

  test('that lasts is answered with the code of the bus, and names exactly the events that failed', async () => {
    const { publish, calls } = publisher(
      answering((id) => (id === 'e11' || id === 'e2' ? 'InternalFailure' : undefined)),
    );
    const rejected = await publish(events(12));
    expect(rejected.map(({ event, reason }) => [event.id, reason])).toEqual([
      ['e2', 'InternalFailure'],
      ['e11', 'InternalFailure'],
    ]);
    expect(calls.length).toBeLessThanOrEqual(8);
  });
});

describe('a call that fails whole', () => {
  const outage = Object.assign(new Error('no'), { name: 'ServiceUnavailableException' });

  test('is made again', async () => {
    const { publish, calls } = publisher((input, call) => {
      if (call === 0) throw outage;
      return answering(() => undefined)(input, call);
    });
    await expect(publish(events(2))).resolves.toEqual([]);
    expect(calls).toHaveLength(2);
  });

  test('for ever rejects its own entries by the name of the error, and no entry of another call', async () => {
    const { publish } = publisher((input, call) => {
      if (entriesOf(input).some((entry) => idOf(entry) === 'e10')) throw outage;
      return answering(() => undefined)(input, call);
    });
    const rejected = await publish(events(11));
    expect(rejected.map(({ event, reason }) => [event.id, reason])).toEqual([
      ['e10', 'ServiceUnavailableException'],
    ]);
  });
});

describe('requests that publish side by side', () => {
  function joined() {
    const calls: string[][] = [];
    const first = Promise.withResolvers<void>();
    const publish = joinPublishing(async (given) => {
      calls.push(given.map(({ id }) => id));
      if (calls.length === 1) await first.promise;
      return given.filter(({ id }) => id.startsWith('bad')).map((event) => ({ event, reason: 'Throttled' }));
    });
    return { publish, calls, first };
  }
  const [a, b, bad] = ['a', 'b', 'bad'].map((id) => anEvent({ id })) as [
    CatalogEvent,
    CatalogEvent,
    CatalogEvent,
  ];

  test('share the call after the one under way, and each hears of its own rejections alone', async () => {
    const { publish, calls, first } = joined();
    const answers = [publish([a]), publish([b]), publish([bad])];
    first.resolve();
    await expect(Promise.all(answers)).resolves.toEqual([[], [], [{ event: bad, reason: 'Throttled' }]]);
    expect(calls).toEqual([['a'], ['b', 'bad']]);
  });

  test('of nothing wait for nobody', async () => {
    const { publish, calls, first } = joined();
    const slow = publish([a]);
    await expect(publish([])).resolves.toEqual([]);
    first.resolve();
    await slow;
    expect(calls).toEqual([['a']]);
  });
});
