import { describe, expect, test } from 'vitest';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { memoryScoringTable } from '../../test/builders/memory-scoring-table.ts';
import { ApiError } from '../../shared/api-error.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { scoringCacheMs } from '../../shared/limits.ts';
import { createReadScoring } from '../../shared/read-scoring.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { defaultWeights } from '../../shared/scoring.ts';
import { createManageScoring } from './manage-scoring.ts';

function setUp() {
  const table = memoryScoringTable();
  const clock = { now: noonMs };
  const bus = { isDown: false };
  const events: CatalogEvent[] = [];
  let ids = 0;
  const openInstance = () =>
    createManageScoring({
      readScoring: createReadScoring({ ...table, now: () => clock.now }),
      changeScoring: table.change,
      publishEvents: async (published) => {
        if (bus.isDown) return published.map((event) => ({ event, reason: 'ThrottlingException' }));
        events.push(...published);
        return [];
      },
      createEventId: () => `evt_${++ids}`,
      now: () => clock.now,
    });
  return { ...openInstance(), openInstance, table, clock, bus, events };
}

const withBody = (body: unknown, overrides: Partial<HttpRequest> = {}) =>
  anHttpRequest({ body: JSON.stringify(body), ...overrides });
const keysOf = (events: readonly CatalogEvent[]) => events.map(({ data }) => data['changed_keys']);
const etagOf = ({ headers }: HttpAnswer) => headers?.['etag'] ?? expect.fail('the answer has no ETag');

async function refusal(answer: () => Promise<HttpAnswer> | HttpAnswer): Promise<ApiError> {
  try {
    await answer();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  return expect.fail('nothing was refused');
}

describe('weights', () => {
  test('are the defaults, beside the defaults, until some are set', async () => {
    const { getWeights } = setUp();
    const answer = await getWeights(anHttpRequest());
    expect(answer).toMatchObject({ status: 200, body: { ...defaultWeights, defaults: defaultWeights } });
  });

  test('are set one by one: what a PUT leaves out stays, and the answer is what a GET answers', async () => {
    const { putWeights, getWeights } = setUp();
    await putWeights(withBody({ episode: { hash: 400 } }));
    const { body } = await putWeights(withBody({ episode: { series: 1 }, movie: { title: 2 } }));
    expect(body).toEqual({
      episode: { ...defaultWeights.episode, hash: 400, series: 1 },
      movie: { ...defaultWeights.movie, title: 2 },
      defaults: defaultWeights,
    });
    expect((await getWeights(anHttpRequest())).body).toEqual(body);
  });

  test('may be sent back as they were answered', async () => {
    const { putWeights, getWeights } = setUp();
    const { body } = await getWeights(anHttpRequest());
    expect((await putWeights(withBody(body))).body).toEqual(body);
  });

  test('are the defaults again after a DELETE, which leaves the modifiers', async () => {
    const { putWeights, putModifiers, resetWeights, getWeights, getModifiers } = setUp();
    await putWeights(withBody({ episode: { hash: 1 }, movie: { hash: 1 } }));
    await putModifiers(withBody({ jimaku: 5 }));
    await expect(resetWeights(anHttpRequest())).resolves.toEqual({ status: 204 });
    expect((await getWeights(anHttpRequest())).body).toMatchObject(defaultWeights);
    expect((await getModifiers(anHttpRequest())).body).toEqual({ jimaku: 5 });
  });

  test('are those of the tenant alone', async () => {
    const { putWeights, getWeights } = setUp();
    await putWeights(withBody({ movie: { hash: 1 } }, { tenant: 'other' }));
    expect((await getWeights(anHttpRequest())).body).toMatchObject(defaultWeights);
  });

  test.each([
    [undefined, 400],
    ['{', 400],
    ['{"episode": {"title": 1}}', 422],
    ['{"movie": {"hash": 1001}}', 422],
  ])('from the body %j are refused with %i, and nothing is changed or told', async (body, status) => {
    const { putWeights, table, events } = setUp();
    await expect(refusal(() => putWeights(anHttpRequest({ body })))).resolves.toMatchObject({ status });
    await expect(table.readVersion('default')).resolves.toBe(0);
    expect(events).toEqual([]);
  });
});

describe('modifiers', () => {
  test('are none until some are set, and come sorted by provider', async () => {
    const { getModifiers, putModifiers } = setUp();
    expect((await getModifiers(anHttpRequest())).body).toEqual({});
    const { body } = await putModifiers(withBody({ subdl: -10, 'Open Subtitles': 3 }));
    expect(Object.entries(Object(body))).toEqual([
      ['Open Subtitles', 3],
      ['subdl', -10],
    ]);
  });

  test('have one ETag in whatever order the table holds them', async () => {
    const { getModifiers, table, clock } = setUp();
    table.edit('default', { provider_modifiers: { a: 1, b: 2 } });
    const etag = etagOf(await getModifiers(anHttpRequest()));
    table.edit('default', { provider_modifiers: { b: 2, a: 1 } });
    clock.now += scoringCacheMs;
    expect(etagOf(await getModifiers(anHttpRequest()))).toBe(etag);
  });

  test.each(['jimaku', 'nobody'])(
    'of %s is gone after a DELETE, whether it was there or not',
    async (provider) => {
      const { putModifiers, removeModifier, getModifiers } = setUp();
      await putModifiers(withBody({ jimaku: 5, subdl: 1 }));
      await expect(removeModifier(anHttpRequest({ params: { provider } }))).resolves.toEqual({ status: 204 });
      expect((await getModifiers(anHttpRequest())).body).not.toHaveProperty(provider);
      expect((await getModifiers(anHttpRequest())).body).toHaveProperty('subdl');
    },
  );
});

describe('presets', () => {
  test('are listed without their weights, and answered with them by name', async () => {
    const { listPresets, getPreset } = setUp();
    expect(listPresets(anHttpRequest()).body).toEqual([
      { name: 'Anime', type: 'episode', description: expect.any(String) },
      { name: 'TV', type: 'both', description: expect.any(String) },
      { name: 'Movies', type: 'movie', description: expect.any(String) },
    ]);
    expect(getPreset(anHttpRequest({ params: { name: 'Movies' } })).body).toMatchObject({
      name: 'Movies',
      weights: { movie: { release_group: 15 } },
      provider_modifiers: {},
    });
  });

  test('of another name are a 404 that names those that there are', async () => {
    const { getPreset } = setUp();
    const error = await refusal(() => getPreset(anHttpRequest({ params: { name: 'anime' } })));
    expect(error).toMatchObject({ status: 404, message: expect.stringContaining('Anime, TV, Movies') });
  });

  test('are applied as they were answered: their weights and modifiers, and no others', async () => {
    const { getPreset, importPreset, putModifiers, getWeights, getModifiers } = setUp();
    await putModifiers(withBody({ jimaku: 5 }));
    const preset = getPreset(anHttpRequest({ params: { name: 'Anime' } })).body;
    const { body } = await importPreset(withBody(preset));
    expect(body).toMatchObject({
      status: 'ok',
      preset: 'Anime',
      applied: { weights: { episode: { format_bonus: 80 } }, provider_modifiers: {} },
    });
    expect((await getWeights(anHttpRequest())).body).toMatchObject({
      episode: { format_bonus: 80, release_group: 20 },
      movie: defaultWeights.movie,
    });
    expect((await getModifiers(anHttpRequest())).body).toEqual({ jimaku: 5 });
  });

  test('of one’s own may hold a few weights and modifiers', async () => {
    const { importPreset, getWeights, getModifiers, events } = setUp();
    const preset = { name: 'Mine', weights: { movie: { hash: 9 } }, provider_modifiers: { jimaku: 15 } };
    await importPreset(withBody(preset));
    expect((await getWeights(anHttpRequest())).body).toMatchObject({
      movie: { ...defaultWeights.movie, hash: 9 },
    });
    expect((await getModifiers(anHttpRequest())).body).toEqual({ jimaku: 15 });
    expect(keysOf(events)).toEqual([['scoring_weights_movie', 'provider_modifier_jimaku']]);
  });

  test('may be applied by their name alone', async () => {
    const { importPreset, getWeights } = setUp();
    await importPreset(withBody({ name: 'Movies' }));
    expect((await getWeights(anHttpRequest())).body).toMatchObject({ movie: { release_group: 15 } });
  });
});

describe('a score', () => {
  test('is made with the weights and modifiers that hold, and tells its parts', async () => {
    const { putWeights, putModifiers, score } = setUp();
    await putWeights(withBody({ episode: { format_bonus: 80 } }));
    await putModifiers(withBody({ jimaku: -20 }));
    const candidate = {
      type: 'episode',
      matches: ['series', 'season', 'imdb_id'],
      is_ass: true,
      provider_name: 'jimaku',
    };
    await expect(score(withBody(candidate))).resolves.toEqual({
      status: 200,
      body: {
        type: 'episode',
        provider_name: 'jimaku',
        score: 270,
        parts: { matches: { series: 180, season: 30 }, format_bonus: 80, provider_modifier: -20 },
        unknown_matches: ['imdb_id'],
      },
    });
  });
});

describe('config_updated', () => {
  test('is published with the keys that a change names', async () => {
    const { putWeights, resetWeights, putModifiers, removeModifier, events } = setUp();
    await putWeights(withBody({ movie: { hash: 1 } }, { tenant: 'acme' }));
    await resetWeights(anHttpRequest());
    await putModifiers(withBody({ jimaku: 1, 'Open Subtitles': 2 }));
    await removeModifier(anHttpRequest({ params: { provider: 'jimaku' } }));
    expect(events[0]).toEqual({
      id: 'evt_1',
      tenant: 'acme',
      event_name: 'config_updated',
      version: 1,
      timestamp: noon,
      data: { changed_keys: ['scoring_weights_movie'], source: 'scoring_api' },
    });
    expect(keysOf(events.slice(1))).toEqual([
      ['scoring_weights_episode', 'scoring_weights_movie'],
      ['provider_modifier_jimaku', 'provider_modifier_Open Subtitles'],
      ['provider_modifier_jimaku'],
    ]);
  });

  test.each([[{}], [{ episode: {} }]])('is not published for %j, which changes nothing', async (body) => {
    const { putWeights, table, events } = setUp();
    await expect(putWeights(withBody(body))).resolves.toMatchObject({ status: 200, body: defaultWeights });
    await expect(table.readVersion('default')).resolves.toBe(0);
    expect(events).toEqual([]);
  });

  test('that the bus does not take is a 503; the same request again tells of the change that is there already', async () => {
    const { putWeights, getWeights, bus, events } = setUp();
    bus.isDown = true;
    const error = await refusal(() => putWeights(withBody({ movie: { hash: 1 } })));
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('is saved') });
    expect((await getWeights(anHttpRequest())).body).toMatchObject({ movie: { hash: 1 } });
    bus.isDown = false;
    await putWeights(withBody({ movie: { hash: 1 } }));
    expect(keysOf(events)).toEqual([['scoring_weights_movie']]);
  });
});

describe('what an instance keeps', () => {
  const hashIn = async ({ getWeights }: ReturnType<typeof createManageScoring>): Promise<unknown> =>
    Object((await getWeights(anHttpRequest())).body).movie.hash;

  test('is fresh at once in all of them after a change through any of them', async () => {
    const { openInstance } = setUp();
    const [one, other] = [openInstance(), openInstance()];
    await Promise.all([hashIn(one), hashIn(other)]);
    await one.putWeights(withBody({ movie: { hash: 1 } }));
    await expect(hashIn(one)).resolves.toBe(1);
    await expect(hashIn(other)).resolves.toBe(1);
  });

  test('holds for a minute when the table is edited, unless the version is raised', async () => {
    const { openInstance, table, clock } = setUp();
    const instance = openInstance();
    await hashIn(instance);
    table.edit('default', { weights: { episode: {}, movie: { hash: 2 } } });
    clock.now += scoringCacheMs - 1;
    await expect(hashIn(instance)).resolves.toBe(defaultWeights.movie.hash);
    await table.raiseVersion('default');
    await expect(hashIn(instance)).resolves.toBe(2);
  });
});

describe('an ETag', () => {
  test('sent back in If-None-Match is answered with 304, without a body, until something changed', async () => {
    const { getWeights, putWeights } = setUp();
    const etag = etagOf(await getWeights(anHttpRequest()));
    const again = anHttpRequest({ headers: { 'if-none-match': `"other", W/${etag}` } });
    await expect(getWeights(again)).resolves.toEqual({
      status: 304,
      headers: { etag, 'cache-control': 'private, no-cache' },
    });
    await putWeights(withBody({ movie: { hash: 1 } }));
    const changed = await getWeights(again);
    expect(changed).toMatchObject({ status: 200, body: { movie: { hash: 1 } } });
    expect(etagOf(changed)).not.toBe(etag);
  });

  test('is had by every GET, and each of them knows it again', async () => {
    const { getWeights, getModifiers, listPresets, getPreset } = setUp();
    const params = { name: 'Anime' };
    for (const get of [getWeights, getModifiers, listPresets, getPreset]) {
      const etag = etagOf(await get(anHttpRequest({ params })));
      const again = await get(anHttpRequest({ params, headers: { 'if-none-match': etag } }));
      expect(again).toMatchObject({ status: 304, headers: { etag } });
    }
  });

  test('in If-Match lets a change through only while it holds', async () => {
    const { getWeights, putWeights, resetWeights, events } = setUp();
    const headers = { 'if-match': etagOf(await getWeights(anHttpRequest())) };
    await putWeights(withBody({ movie: { hash: 1 } }, { headers }));
    for (const change of [
      () => putWeights(withBody({ movie: { hash: 2 } }, { headers })),
      () => putWeights(withBody({}, { headers })),
      () => resetWeights(anHttpRequest({ headers })),
    ]) {
      await expect(refusal(change)).resolves.toMatchObject({ status: 412 });
    }
    expect((await getWeights(anHttpRequest())).body).toMatchObject({ movie: { hash: 1 } });
    expect(events).toHaveLength(1);
  });

  test('of the modifiers guards the modifiers', async () => {
    const { getModifiers, putModifiers, removeModifier, putWeights } = setUp();
    const headers = { 'if-match': etagOf(await getModifiers(anHttpRequest())) };
    await putWeights(withBody({ movie: { hash: 1 } }));
    await expect(putModifiers(withBody({ jimaku: 1 }, { headers }))).resolves.toMatchObject({ status: 200 });
    const params = { provider: 'jimaku' };
    for (const change of [
      () => putModifiers(withBody({ jimaku: 2 }, { headers })),
      () => removeModifier(anHttpRequest({ headers, params })),
    ]) {
      await expect(refusal(change)).resolves.toMatchObject({ status: 412 });
    }
    const now = { 'if-match': etagOf(await getModifiers(anHttpRequest())) };
    await expect(removeModifier(anHttpRequest({ headers: now, params }))).resolves.toEqual({ status: 204 });
  });
});
