import { describe, expect, test } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { ApiError } from '../../shared/api-error.ts';
import { catalog, publishableEventNames } from '../../shared/catalog.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { eventBytesMax } from '../../shared/limits.ts';
import { createPublish } from './publish-events.ts';

const audience = { version: 7, hooks: true, live: false };
const entry = (overrides: object = {}) => ({
  event_name: 'config_updated',
  data: { changed_keys: ['a'] },
  ...overrides,
});

function publisher(
  rejects: (event: CatalogEvent) => string | undefined = () => undefined,
  overrides: Partial<Parameters<typeof createPublish>[0]> = {},
) {
  const published: CatalogEvent[] = [];
  const claimed = new Map<string, boolean>();
  let ids = 0;
  const log = collectLog();
  const publish = createPublish({
    publishEvents: async (events) => {
      const rejected = events.flatMap((event) => {
        const reason = rejects(event);
        return reason === undefined ? [] : { event, reason };
      });
      published.push(...events.filter((event) => rejects(event) === undefined));
      return rejected;
    },
    findAudience: async () => audience,
    claims: {
      claim: async (event) => {
        const known = claimed.get(event.id);
        if (known === true) return { kind: 'published' };
        if (known === false) return { kind: 'underway' };
        claimed.set(event.id, false);
        return { kind: 'ours', timestamp: event.timestamp };
      },
      settle: async (events) => {
        for (const { event, published: done } of events) {
          if (done) claimed.set(event.id, true);
          else claimed.delete(event.id);
        }
      },
    },
    pause: async () => undefined,
    createId: () => `evt_${++ids}`,
    now: () => noonMs,
    log,
    ...overrides,
  });
  const send = (body: unknown) =>
    publish({ tenant: 'acme', body: typeof body === 'string' ? body : JSON.stringify(body) });
  const refuse = async (body: unknown): Promise<ApiError> => {
    const error: unknown = await send(body).catch((caught: unknown) => caught);
    if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${JSON.stringify(error)}`);
    return error;
  };
  return { send, refuse, published, claimed, log };
}

describe('one event', () => {
  test('is stamped with tenant, version and time, put on the bus, and answered 202 with its id', async () => {
    const { send, published } = publisher();
    await expect(send(entry())).resolves.toEqual({
      status: 202,
      body: { id: 'evt_1', ids: ['evt_1'], accepted: 1, failed: 0, errors: [] },
    });
    expect(published).toEqual([
      {
        id: 'evt_1',
        tenant: 'acme',
        event_name: 'config_updated',
        version: 1,
        timestamp: noon,
        data: { changed_keys: ['a'] },
        audience,
      },
    ]);
  });

  test('keeps the id that the client gave, and unknown keys and nulls in its data', async () => {
    const { send, published } = publisher();
    const data = { changed_keys: null, extra: { deep: [1] } };
    await expect(send(entry({ id: 'mine-1', data }))).resolves.toMatchObject({ body: { id: 'mine-1' } });
    expect(published[0]).toMatchObject({ id: 'mine-1', data });
  });

  test.each(publishableEventNames)('%s may be published with the sample of the catalog', async (name) => {
    const { send, published } = publisher();
    await send({ event_name: name, data: catalog[name].sample });
    expect(published[0]?.data).toEqual(catalog[name].sample);
  });
});

const refusals: readonly (readonly [string, unknown, number, RegExp])[] = [
  ['no body', '', 400, /no body/],
  ['malformed JSON', '{"event_name":', 400, /not valid JSON/],
  ['a number', 5, 422, /object/],
  ['null', 'null', 422, /object/],
  ['no event', [], 422, /holds no event/],
  ['101 events', Array.from({ length: 101 }, () => entry()), 422, /101 events; send at most 100/],
  ['no name', { data: {} }, 422, /event_name/],
  ['no data', { event_name: 'config_updated' }, 422, /data/],
  ['data that is a list', entry({ data: [] }), 422, /data/],
  ['data that is text', entry({ data: 'x' }), 422, /data/],
  [
    'a name of no event',
    entry({ event_name: 'nope' }),
    422,
    /"nope" is no catalog event.*Known events: subtitle_downloaded/,
  ],
  ['a name of the prototype', entry({ event_name: 'constructor' }), 422, /no catalog event/],
  ['hook_executed', entry({ event_name: 'hook_executed' }), 422, /published by the system itself/],
  [
    'a wrong type of a known key',
    entry({ data: { changed_keys: 'a' } }),
    422,
    /data\.changed_keys must be of type string\[\]/,
  ],
  [
    'a number too large for JSON',
    '{"event_name":"batch_complete","data":{"duration_ms":1e999}}',
    422,
    /data\.duration_ms/,
  ],
  ['a field that is none', entry({ tenant: 'other' }), 422, /tenant: is not a field/],
  ['an id with a dot', entry({ id: 'a.b' }), 422, /id: must be 1 to 64 letters/],
  ['an id too long', entry({ id: 'a'.repeat(65) }), 422, /id: must be/],
  ['an empty id', entry({ id: '' }), 422, /id: must be/],
  [
    'data over the cap',
    entry({ data: { x: 'ä'.repeat(eventBytesMax / 2) } }),
    413,
    /at most 260096 are taken/,
  ],
];
describe('a request that publishes nothing', () => {
  test.each(refusals)('because of %s is refused', async (_what, body, status, message) => {
    const { refuse, published } = publisher();
    const error = await refuse(body);
    expect(error.status).toBe(status);
    expect(error.message).toMatch(message);
    expect(published).toEqual([]);
  });

  test('names each event of a list by its place', async () => {
    const error = await publisher().refuse([
      entry({ event_name: 'x' }),
      entry({ data: { changed_keys: 1 } }),
    ]);
    expect(error.status).toBe(422);
    expect(error.details.map(({ field }) => field)).toEqual([
      '[0]',
      '[0].event_name',
      '[1]',
      '[1].data.changed_keys',
    ]);
  });

  test('because the bus takes none is a 503 that says to send it again', async () => {
    const { refuse } = publisher(() => 'ThrottlingException');
    await expect(refuse(entry())).resolves.toMatchObject({
      status: 503,
      message: expect.stringMatching(/ThrottlingException.*send it again/),
    });
    await expect(refuse([entry(), entry({ event_name: 'x' })])).resolves.toMatchObject({ status: 503 });
  });
});

describe('several events', () => {
  test('of which some are wrong publish the others, and the answer names each that is wrong by its place', async () => {
    const { send, published } = publisher();
    await expect(
      send([entry(), entry({ event_name: 'nope' }), entry({ data: { changed_keys: [1] } }), entry()]),
    ).resolves.toMatchObject({
      status: 202,
      body: {
        ids: ['evt_1', null, null, 'evt_2'],
        accepted: 2,
        failed: 2,
        errors: [
          { index: 1, status: 422, code: 'unprocessable' },
          { index: 2, status: 422, details: [{ field: 'data.changed_keys' }] },
        ],
      },
    });
    expect(published).toHaveLength(2);
  });

  test('of which the bus takes some tell the code of each that it does not', async () => {
    const { send } = publisher(({ id }) => (id === 'b' ? 'InternalFailure' : undefined));
    await expect(send(['a', 'b', 'c'].map((id) => entry({ id })))).resolves.toMatchObject({
      status: 202,
      body: {
        ids: ['a', null, 'c'],
        errors: [{ index: 1, status: 503, message: expect.stringContaining('InternalFailure') }],
      },
    });
  });

  test('under one id are one event: the first is published, once', async () => {
    const { send, published } = publisher();
    const answer = await send([
      entry({ id: 'same' }),
      entry({ id: 'same', data: {} }),
      entry({ id: 'other' }),
    ]);
    expect(answer).toMatchObject({ body: { ids: ['same', 'same', 'other'], accepted: 3 } });
    expect(published.map(({ id, data }) => [id, data])).toEqual([
      ['same', { changed_keys: ['a'] }],
      ['other', { changed_keys: ['a'] }],
    ]);
  });

  test('may be a hundred', async () => {
    const { send } = publisher();
    await expect(send(Array.from({ length: 100 }, () => entry()))).resolves.toMatchObject({
      body: { accepted: 100 },
    });
  });
});

test('a bug is thrown and not answered as the caller’s mistake', async () => {
  const publish = createPublish({
    publishEvents: async () => [],
    findAudience: async () => audience,
    claims: {
      claim: async ({ timestamp }) => ({ kind: 'ours', timestamp }),
      settle: async () => undefined,
    },
    pause: async () => undefined,
    createId: () => {
      throw new TypeError('bug');
    },
    now: () => noonMs,
    log: collectLog(),
  });
  await expect(publish({ tenant: 't', body: JSON.stringify(entry()) })).rejects.toThrow(TypeError);
});

describe('an id that the client gave', () => {
  test('is published once, and answered the same when it comes again', async () => {
    const { send, published } = publisher();
    const first = await send(entry({ id: 'scan-1' }));
    await expect(send(entry({ id: 'scan-1' }))).resolves.toEqual(first);
    expect(published).toHaveLength(1);
  });

  test('that the bus did not take may be sent again at once', async () => {
    let isDown = true;
    const { send, refuse, published } = publisher(() => (isDown ? 'ThrottlingException' : undefined));
    await refuse(entry({ id: 'scan-1' }));
    isDown = false;
    await expect(send(entry({ id: 'scan-1' }))).resolves.toMatchObject({ status: 202 });
    expect(published).toHaveLength(1);
  });

  test('that another request is about to publish is waited for', async () => {
    const { send, claimed, published } = publisher();
    claimed.set('scan-1', false);
    const answer = send(entry({ id: 'scan-1' }));
    claimed.set('scan-1', true);
    await expect(answer).resolves.toMatchObject({ body: { id: 'scan-1' } });
    expect(published).toEqual([]);
  });

  test('goes on the bus with the timestamp of the request that died before it, which may have published it', async () => {
    const before = new Date(noonMs - 60_000).toISOString();
    const { send, published } = publisher(undefined, {
      claims: { claim: async () => ({ kind: 'ours', timestamp: before }), settle: async () => undefined },
    });
    await send(entry({ id: 'scan-1' }));
    expect(published).toMatchObject([{ id: 'scan-1', timestamp: before }]);
  });

  test('twice in a request of which the bus takes none is refused at both places', async () => {
    const { refuse } = publisher(() => 'Throttled');
    const error = await refuse([entry({ id: 'same' }), entry({ id: 'same' })]);
    expect(error.details.map(({ field }) => field)).toEqual(['[0]', '[1]']);
  });

  test('is published although it cannot be noted that it was', async () => {
    const { send, published, log } = publisher(undefined, {
      claims: {
        claim: async ({ timestamp }) => ({ kind: 'ours', timestamp }),
        settle: async () => Promise.reject(new Error('ledger down')),
      },
    });
    await expect(send(entry({ id: 'scan-1' }))).resolves.toMatchObject({ status: 202 });
    expect(published).toHaveLength(1);
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', failed: 1 }));
  });

  test('that cannot be claimed is one event’s error: the others of its request are published and settled', async () => {
    const settled: string[] = [];
    const { send, published } = publisher(undefined, {
      claims: {
        claim: async ({ id, timestamp }) => {
          if (id === 'scan-1') throw new Error('ledger down');
          return { kind: 'ours', timestamp };
        },
        settle: async (events) => {
          settled.push(...events.map(({ event }) => event.id));
        },
      },
    });
    await expect(send([entry({ id: 'scan-1' }), entry({ id: 'scan-2' })])).resolves.toMatchObject({
      status: 202,
      body: { ids: [null, 'scan-2'], errors: [{ index: 0, status: 503, code: 'unavailable' }] },
    });
    expect(published.map(({ id }) => id)).toEqual(['scan-2']);
    expect(settled).toEqual(['scan-2']);
  });

  test('is the only one that is claimed: an id of ours is new', async () => {
    const { send, claimed } = publisher();
    await send([entry(), entry({ id: 'scan-1' })]);
    expect([...claimed.keys()]).toEqual(['scan-1']);
  });

  test('that another request never gets done with is refused with 503, and nothing is published', async () => {
    const { refuse, claimed, published } = publisher();
    claimed.set('scan-1', false);
    await expect(refuse(entry({ id: 'scan-1' }))).resolves.toMatchObject({ code: 'unavailable' });
    expect(published).toEqual([]);
  });
});
