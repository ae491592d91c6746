import { expect, onTestFinished, test } from 'vitest';
import { anEvent } from '../../test/builders/an-event.ts';
import { aViewer } from '../../test/builders/a-viewer.ts';
import { connectionsTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { CatalogEvent } from '../event.ts';
import { openLiveConnections } from './live-connections.ts';
import { createIsWatched, publishWhenWatched } from './publish-executions.ts';

test('only the events of watched tenants are published', async () => {
  const published: CatalogEvent[] = [];
  const publish = publishWhenWatched(
    async (events) => {
      published.push(...events);
      return events.map((event) => ({ event, reason: 'Throttled' }));
    },
    async (tenant) => tenant === 'watched',
  );
  const seen = anEvent({ tenant: 'watched' });
  const rejected = await publish([anEvent({ tenant: 'alone' }), seen, anEvent({ tenant: 'alone' })]);
  expect(published).toEqual([seen]);
  expect(rejected).toEqual([{ event: seen, reason: 'Throttled' }]);
});

test('a tenant whose viewers cannot be read counts as watched', async () => {
  const published: CatalogEvent[] = [];
  const publish = publishWhenWatched(
    async (events) => {
      published.push(...events);
      return [];
    },
    () => Promise.reject(new Error('out of reach')),
  );
  await publish([anEvent()]);
  expect(published).toHaveLength(1);
});

test('a tenant is watched from the connection of its first viewer to the end of its last', async () => {
  const tables = await openTestTables();
  onTestFinished(() => tables.close());
  const connections = openLiveConnections(tables.dynamo, connectionsTable, Date.now);
  const isWatched = createIsWatched(tables.dynamo, connectionsTable);
  const viewer = aViewer({ tenant: 'default' });
  expect(await isWatched('default')).toBe(false);
  await connections.put(viewer);
  expect(await isWatched('default')).toBe(true);
  expect(await isWatched('other')).toBe(false);
  await connections.remove(viewer);
  expect(await isWatched('default')).toBe(false);
});
