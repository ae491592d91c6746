import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { aHook } from '../../test/builders/a-hook.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { fakeClient } from '../../test/builders/fake-client.ts';
import type { Hook } from '../hook.ts';
import { createRecordRun } from './hook-table.ts';
import type { FinishedRun } from './hook-table.ts';

const runOf = (fields: Partial<FinishedRun> = {}): FinishedRun => ({
  status: 'success',
  at: '2026-11-22T12:00:00.000Z',
  ...fields,
});

function setUp(answer: (call: number) => Partial<Hook> | Error) {
  const disabled: Hook[] = [];
  const { client, calls } = fakeClient((_, call) => {
    const hook = answer(call);
    if (hook instanceof Error) throw hook;
    return { Attributes: aHook(hook) };
  });
  const recordRun = createRecordRun(client, 'config', {
    onDisabled: async (hook) => {
      disabled.push(hook);
    },
    now: () => noonMs,
  });
  return { recordRun, calls, disabled };
}

it('adds runs that finish together in one write per hook, and keeps how the last one ended', async () => {
  const { recordRun, calls } = setUp(() => ({}));
  await Promise.all([
    recordRun('default', 'hk_01', runOf()),
    recordRun('default', 'hk_02', runOf()),
    recordRun('default', 'hk_01', runOf({ status: 'timeout' })),
    recordRun('default', 'hk_01', runOf({ status: 'failed' })),
  ]);
  expect(calls).toMatchObject([
    { Key: { sk: 'hk_01' }, ExpressionAttributeValues: { ':count': 3, ':failures': 2, ':status': 'failed' } },
    {
      Key: { sk: 'hk_02' },
      ExpressionAttributeValues: { ':count': 1, ':failures': 0, ':status': 'success' },
    },
  ]);
  expect(calls).toMatchObject([
    { UpdateExpression: expect.stringContaining('SET last_status') },
    { UpdateExpression: expect.stringContaining('consecutive_failures = :failures') },
  ]);
});

it('adds to the failures before when none succeeded', async () => {
  const { recordRun, calls } = setUp(() => ({}));
  await recordRun('default', 'hk_01', runOf({ status: 'failed' }));
  expect(calls).toMatchObject([
    { UpdateExpression: expect.stringMatching(/ADD .*consecutive_failures :failures/) },
  ]);
});

it('disables a hook at the failure that its threshold names, not before, and tells of it', async () => {
  const failing = { failure_threshold: 3, last_status: 'failed' };
  const before = setUp(() => ({ ...failing, consecutive_failures: 2 }));
  await before.recordRun('default', 'hk_01', runOf({ status: 'failed' }));
  expect(before.calls).toHaveLength(1);

  const at = setUp((call) => ({ ...failing, consecutive_failures: 3, enabled: call === 0 }));
  await at.recordRun('default', 'hk_01', runOf({ status: 'failed' }));
  expect(at.calls[1]).toMatchObject({
    ConditionExpression: 'enabled = :true AND consecutive_failures >= :failures',
    ExpressionAttributeValues: {
      ':failures': 3,
      ':reason': expect.stringContaining('after 3 consecutive failed runs'),
    },
  });
  expect(at.disabled).toMatchObject([{ id: 'hk_01', enabled: false }]);
});

it('disables a hook at once whose script asks for it', async () => {
  const { recordRun, calls, disabled } = setUp((call) => ({ enabled: call === 0 }));
  await recordRun('default', 'hk_01', runOf({ status: 'failed', disable: 'it said so' }));
  expect(calls[1]).toMatchObject({ ExpressionAttributeValues: { ':reason': 'it said so', ':failures': 0 } });
  expect(disabled).toHaveLength(1);
});

it('leaves alone, and tells of nothing, what its owner disabled or enabled anew meanwhile', async () => {
  const off = setUp(() => ({ enabled: false, consecutive_failures: 99 }));
  await off.recordRun('default', 'hk_01', runOf({ status: 'failed' }));
  expect(off.calls).toHaveLength(1);
  const gone = new ConditionalCheckFailedException({ message: 'enabled anew', $metadata: {} });
  const anew = setUp((call) => (call === 0 ? { consecutive_failures: 10 } : gone));
  await anew.recordRun('default', 'hk_01', runOf({ status: 'failed' }));
  expect(anew.disabled).toEqual([]);
});

it('does not mind a hook that was deleted meanwhile', async () => {
  const { recordRun } = setUp(() => new ConditionalCheckFailedException({ message: 'gone', $metadata: {} }));
  await expect(recordRun('default', 'hk_01', runOf())).resolves.toBeUndefined();
});

it('tells a failed write to those alone whose hook it was', async () => {
  const { recordRun } = setUp((call) => (call === 0 ? new Error('throttled') : {}));
  const [first, second] = await Promise.allSettled([
    recordRun('default', 'hk_01', runOf()),
    recordRun('default', 'hk_02', runOf()),
  ]);
  expect(first).toMatchObject({ status: 'rejected', reason: { message: 'throttled' } });
  expect(second.status).toBe('fulfilled');
});
