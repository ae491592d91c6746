import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aViewer } from '../../test/builders/a-viewer.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { connectionsTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { openLiveClaims } from './live-claims.ts';
import { openLiveConnections, toldKeyOf } from './live-connections.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const openIt = () => openLiveClaims(tables.dynamo, connectionsTable);

test('an event is told to a viewer by one alone, however many claim it at the same time', async () => {
  const claims = openIt();
  const viewer = aViewer({ connection_id: 'one=' });
  const claimed = await Promise.all([
    claims.claim(viewer, ['evt_1', 'evt_2']),
    claims.claim(viewer, ['evt_2', 'evt_3']),
    claims.claim(viewer, ['evt_3', 'evt_1']),
  ]);
  expect(claimed.flatMap((ids) => [...ids]).sort()).toEqual(['evt_1', 'evt_2', 'evt_3']);
  expect(await claims.claim(aViewer({ connection_id: 'other=' }), ['evt_1'])).toEqual(new Set(['evt_1']));
  expect(await claims.claim(viewer, [])).toEqual(new Set());
});

test('what could not be told may be claimed again', async () => {
  const claims = openIt();
  const viewer = aViewer({ connection_id: 'two=' });
  await claims.claim(viewer, ['evt_1', 'evt_2']);
  await claims.release(viewer, ['evt_1']);
  await claims.release(viewer, []);
  expect(await claims.claim(viewer, ['evt_1', 'evt_2'])).toEqual(new Set(['evt_1']));
});

test('what a viewer was told of is forgotten with it, and expires with it', async () => {
  const viewer = aViewer({ connection_id: 'three=' });
  await openIt().claim(viewer, ['evt_1']);
  const read = () =>
    tables.dynamo.send(new GetCommand({ TableName: connectionsTable, Key: toldKeyOf('three=') }));
  expect((await read()).Item).toMatchObject({ expires_at: viewer.expires_at });
  await openLiveConnections(tables.dynamo, connectionsTable, () => noonMs).remove(viewer);
  expect((await read()).Item).toBeUndefined();
});
