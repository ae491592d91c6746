import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aViewer } from '../../test/builders/a-viewer.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { fakeClient, noPause } from '../../test/builders/fake-client.ts';
import { connectionsTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { openLiveConnections } from './live-connections.ts';
import type { LiveConnections } from './live-connections.ts';

let tables: TestTables;
let nowMs = noonMs;
let connections: LiveConnections;
beforeAll(async () => {
  tables = await openTestTables();
  connections = openLiveConnections(tables.dynamo, connectionsTable, () => nowMs);
});
afterAll(() => tables.close());

describe('connections of live viewers', () => {
  test('a tenant has its own viewers, as they were put', async () => {
    const viewer = aViewer({ tenant: 'one', connection_id: 'a=', events: ['batch_complete'] });
    await connections.put(viewer);
    await connections.put(aViewer({ tenant: 'two', connection_id: 'b=' }));
    expect(await connections.list('one')).toEqual([viewer]);
    expect(await connections.list('three')).toEqual([]);
  });

  test('a connection is removed by its id alone, and other viewers stay', async () => {
    const [gone, stays] = ['c=', 'd='].map((connection_id) => aViewer({ tenant: 'four', connection_id }));
    for (const viewer of [gone, stays]) if (viewer) await connections.put(viewer);
    expect(await connections.removeById('c=')).toBe(true);
    expect(await connections.list('four')).toEqual([stays]);
    expect(await connections.removeById('c=')).toBe(false);
  });

  test('a viewer who was removed while pushing is not known to the disconnect any more', async () => {
    const viewer = aViewer({ tenant: 'five', connection_id: 'e=' });
    await connections.put(viewer);
    await connections.remove(viewer);
    expect(await connections.list('five')).toEqual([]);
    expect(await connections.removeById('e=')).toBe(false);
  });

  test('whose time is over is not listed, however late the row is deleted', async () => {
    const viewer = aViewer({ tenant: 'six', connection_id: 'f=' });
    await connections.put(viewer);
    nowMs = viewer.expires_at * 1000;
    expect(await connections.list('six')).toEqual([]);
    nowMs = noonMs;
  });

  test('a tenant may have more viewers than a page holds', async () => {
    const ids = Array.from({ length: 2500 }, (_, index) => `conn-${String(index).padStart(5, '0')}`);
    const events = Array.from({ length: 60 }, () => 'standalone_file_detected');
    await Promise.all(
      ids.map((connection_id) => connections.put(aViewer({ tenant: 'seven', connection_id, events }))),
    );
    expect((await connections.list('seven')).map(({ connection_id }) => connection_id)).toEqual(ids);
  });
});

test('a row that DynamoDB leaves unprocessed is written again, and one that stays so is an error', async () => {
  const busy = (refusals: number) =>
    fakeClient(({ RequestItems }, call) => (call < refusals ? { UnprocessedItems: RequestItems } : {}));
  const open = (dynamo: DynamoDBDocumentClient) =>
    openLiveConnections(dynamo, connectionsTable, () => noonMs, noPause);
  const once = busy(1);
  await open(once.client).put(aViewer());
  expect(once.calls).toHaveLength(2);
  await expect(open(busy(99).client).put(aViewer())).rejects.toThrow('unprocessed');
});
