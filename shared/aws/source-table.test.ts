import { afterAll, beforeAll, expect, test } from 'vitest';
import { aSource, radarrId, sonarrId, sublarrId } from '../../test/builders/a-source.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { openSources } from './source-table.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

test('a source is found by its id alone, and listed for its tenant alone, until it is removed', async () => {
  const sources = openSources(tables.dynamo, configTable);
  const source = aSource({ id: sonarrId, username: 'arr', sealed_secret: 'c2VhbGVk' });
  await sources.add(source);
  await sources.add(aSource({ id: radarrId, kind: 'radarr', tenant: 'other' }));

  await expect(sources.find(sonarrId)).resolves.toStrictEqual(source);
  await expect(sources.get('acme', sonarrId)).resolves.toStrictEqual(source);
  await expect(sources.get('other', sonarrId)).resolves.toBeUndefined();
  await expect(sources.listPage('acme', { limit: 10 })).resolves.toStrictEqual({
    items: [source],
    nextKey: undefined,
  });

  await expect(sources.remove('acme', sonarrId)).resolves.toBe(true);
  await expect(sources.find(sonarrId)).resolves.toBeUndefined();
  await expect(sources.remove('acme', sonarrId)).resolves.toBe(false);
});

test('a tenant removes no source of another', async () => {
  const sources = openSources(tables.dynamo, configTable);
  await sources.add(aSource({ id: sublarrId, kind: 'sublarr' }));
  await expect(sources.remove('other', sublarrId)).resolves.toBe(false);
  await expect(sources.find(sublarrId)).resolves.toMatchObject({ tenant: 'acme' });
});
