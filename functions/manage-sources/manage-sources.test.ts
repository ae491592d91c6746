import { describe, expect, test } from 'vitest';
import { radarrId, sonarrId, sublarrId } from '../../test/builders/a-source.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { memorySources } from '../../test/builders/memory-sources.ts';
import { createManageSources } from './manage-sources.ts';

function manager() {
  const sources = memorySources();
  const sealed: [string, string][] = [];
  const ids = [sonarrId, radarrId, sublarrId];
  const manage = createManageSources({
    sources,
    sealSecret: async (id, secret) => {
      sealed.push([id, secret]);
      return 'c2VhbGVk';
    },
    createId: () => ids.shift() ?? sonarrId,
    now: () => noonMs,
  });
  const create = (fields: unknown, tenant = 'acme') =>
    manage.create(anHttpRequest({ tenant, body: JSON.stringify(fields) }));
  return { ...manage, create, sources, sealed };
}

describe('creating a source', () => {
  test('of Sonarr answers the whole URL to paste, and needs no secret', async () => {
    const { create, sources, sealed } = manager();
    await expect(create({ kind: 'sonarr' })).resolves.toEqual({
      status: 201,
      headers: { location: `/api/v1/sources/${sonarrId}` },
      body: {
        id: sonarrId,
        name: 'sonarr',
        kind: 'sonarr',
        url: `https://events.example/api/v1/webhook/sonarr?id=${sonarrId}`,
        username: null,
        secret: null,
        created_at: noon,
      },
    });
    expect(sealed).toEqual([]);
    await expect(sources.find(sonarrId)).resolves.toMatchObject({ tenant: 'acme' });
  });

  test('with a user name and a password shows the password this once and stores it sealed', async () => {
    const { create, sources, sealed, get } = manager();
    const fields = { kind: 'radarr', name: 'Films', username: 'arr', secret: 'correct horse' };
    await expect(create(fields)).resolves.toMatchObject({ body: fields });
    expect(sealed).toEqual([[sonarrId, 'correct horse']]);
    expect(JSON.stringify(await sources.find(sonarrId))).not.toContain('horse');
    await expect(get(anHttpRequest({ tenant: 'acme', params: { id: sonarrId } }))).resolves.toMatchObject({
      status: 200,
      body: { ...fields, secret: '********' },
    });
  });

  test('of Sublarr makes the secret that none was given for', async () => {
    const { create, sealed } = manager();
    const { body } = await create({ kind: 'sublarr' });
    expect(body).toMatchObject({
      url: `https://events.example/api/v1/inbound/sublarr?id=${sonarrId}`,
      secret: expect.stringMatching(/^whsec_/),
    });
    expect(sealed).toEqual([[sonarrId, Object(body).secret]]);
  });

  test.each([[{}], [{ kind: 'lidarr' }], [{ kind: 'sonarr', password: 'x' }]])(
    'refuses %j',
    async (fields) => {
      await expect(manager().create(fields)).rejects.toMatchObject({ code: 'unprocessable' });
    },
  );
});

test('a tenant lists its own sources, page by page, and deletes no other', async () => {
  const { create, list, get, remove } = manager();
  await create({ kind: 'sonarr' });
  await create({ kind: 'radarr' });
  await create({ kind: 'sublarr' }, 'other');

  const first = await list(anHttpRequest({ tenant: 'acme', query: { limit: '1' } }));
  expect(first.body).toMatchObject({ sources: [{ id: sonarrId }], next_cursor: expect.any(String) });
  const cursor = Object(first.body).next_cursor;
  const second = await list(anHttpRequest({ tenant: 'acme', query: { cursor } }));
  expect(second.body).toMatchObject({ sources: [{ id: radarrId }], next_cursor: null });

  const theirs = anHttpRequest({ tenant: 'acme', params: { id: sublarrId } });
  await expect(get(theirs)).rejects.toMatchObject({ code: 'not_found' });
  await expect(remove(theirs)).rejects.toMatchObject({ code: 'not_found' });

  const own = anHttpRequest({ tenant: 'acme', params: { id: sonarrId } });
  await expect(remove(own)).resolves.toEqual({ status: 204 });
  await expect(get(own)).rejects.toMatchObject({ code: 'not_found' });
  await expect(remove(own)).rejects.toMatchObject({ code: 'not_found' });
});
