import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { createRecordRuns } from './hook-table.ts';
import type { FinishedRuns } from './hook-table.ts';

const runsOf = (fields: Partial<FinishedRuns> = {}): FinishedRuns => ({
  count: 1,
  status: 'success',
  at: '2026-11-22T12:00:00.000Z',
  ...fields,
});

it('adds runs that finish together in one write per hook, and keeps how the last one ended', async () => {
  const { client, calls } = fakeClient(() => ({}));
  const recordRuns = createRecordRuns(client, 'config');
  await Promise.all([
    recordRuns('default', 'hk_01', runsOf()),
    recordRuns('default', 'hk_02', runsOf()),
    recordRuns('default', 'hk_01', runsOf({ count: 2, status: 'failed' })),
  ]);
  expect(calls).toMatchObject([
    { Key: { sk: 'hk_01' }, ExpressionAttributeValues: { ':count': 3, ':status': 'failed' } },
    { Key: { sk: 'hk_02' }, ExpressionAttributeValues: { ':count': 1, ':status': 'success' } },
  ]);
});

it('does not mind a hook that was deleted meanwhile', async () => {
  const { client } = fakeClient(() => {
    throw new ConditionalCheckFailedException({ message: 'gone', $metadata: {} });
  });
  await expect(createRecordRuns(client, 'config')('default', 'hk_01', runsOf())).resolves.toBeUndefined();
});

it('tells a failed write to those alone whose hook it was', async () => {
  const { client } = fakeClient((_, call) => {
    if (call === 0) throw new Error('throttled');
    return {};
  });
  const recordRuns = createRecordRuns(client, 'config');
  const [first, second] = await Promise.allSettled([
    recordRuns('default', 'hk_01', runsOf()),
    recordRuns('default', 'hk_02', runsOf()),
  ]);
  expect(first).toMatchObject({ status: 'rejected', reason: { message: 'throttled' } });
  expect(second.status).toBe('fulfilled');
});
