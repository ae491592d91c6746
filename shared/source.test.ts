import { expect, test } from 'vitest';
import { aSource, sublarrId } from '../test/builders/a-source.ts';
import { noon } from '../test/builders/an-event.ts';
import { createSourceId, isSourceId } from './ids.ts';
import { createSourceSchema } from './source-fields.ts';
import { viewSource } from './source.ts';

test('an id has 130 random bits behind its time, and no two are alike', () => {
  const ids = Array.from({ length: 1000 }, () => createSourceId(0));
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) {
    expect(isSourceId(id)).toBe(true);
    expect(id).toMatch(/^src_0{10}.{26}$/);
  }
  expect(createSourceId(1) > createSourceId(0)).toBe(true);
});

test.each([
  '',
  'src_',
  `src_${'0'.repeat(35)}`,
  `src_${'0'.repeat(37)}`,
  `src_${'u'.repeat(36)}`,
  `wh_${'0'.repeat(36)}`,
])('%j is no id of a source', (id) => {
  expect(isSourceId(id)).toBe(false);
});

test('a source is shown with the URL to paste, and without its tenant and secret', () => {
  expect(
    viewSource(
      aSource({ id: sublarrId, kind: 'sublarr', sealed_secret: 'c2VhbGVk', name: 'NAS' }),
      'https://events.example',
    ),
  ).toEqual({
    id: sublarrId,
    name: 'NAS',
    kind: 'sublarr',
    url: `https://events.example/api/v1/inbound/sublarr?id=${sublarrId}`,
    username: null,
    secret: '********',
    created_at: noon,
  });
  expect(viewSource(aSource(), 'https://events.example')).toMatchObject({ secret: null });
});

test.each([
  [{ kind: 'sonarr' }],
  [{ kind: 'radarr', name: 'Films', username: 'arr', secret: 'long enough' }],
  [{ kind: 'radarr', username: null, secret: null }],
  [{ kind: 'sonarr', secret: 'long enough' }],
  [{ kind: 'sublarr', secret: 'schlüssel' }],
])('%j makes a source', (fields) => {
  expect(createSourceSchema.safeParse(fields).success).toBe(true);
});

test.each([
  [{}, 'kind'],
  [{ kind: 'lidarr' }, 'kind'],
  [{ kind: 'sonarr', name: ' ' }, 'name'],
  [{ kind: 'sonarr', username: 'arr' }, 'secret'],
  [{ kind: 'sonarr', username: 'a:b', secret: 'long enough' }, 'username'],
  [{ kind: 'sonarr', username: 'ärr', secret: 'long enough' }, 'username'],
  [{ kind: 'sonarr', secret: 'schlüssel' }, 'secret'],
  [{ kind: 'sublarr', username: 'arr', secret: 'long enough' }, 'username'],
  [{ kind: 'sublarr', secret: 'short' }, 'secret'],
])('%j is refused because of its %s', (fields, field) => {
  expect(createSourceSchema.safeParse(fields).error?.issues[0]?.path).toEqual([field]);
});
