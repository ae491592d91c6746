import { expect, test } from 'vitest';
import { aHook } from '../../test/builders/a-hook.ts';
import { aJob } from '../../test/builders/a-job.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { memoryConfigRows } from '../../test/builders/memory-config-rows.ts';
import type { Hook } from '../../shared/hook.ts';
import type { StartReplay } from '../../shared/start-replay.ts';
import { createEnableHook } from './enable-hook.ts';

const disabled = aHook({
  enabled: false,
  disabled_reason: 'it exited 78',
  consecutive_failures: 10,
  trigger_count: 40,
  last_status: 'failed',
});

async function enable(
  body?: object,
  { id = disabled.id, isGone = false }: { id?: string; isGone?: boolean } = {},
) {
  const hooks = memoryConfigRows<Hook>();
  await hooks.put('default', disabled.id, disabled);
  const replays: Parameters<StartReplay>[] = [];
  const answer = createEnableHook({
    hooks: { get: hooks.get, update: isGone ? async () => undefined : hooks.update },
    countRows: async () => ({ count: 4, after: undefined }),
    startReplay: async (...replay) => {
      // A worker that ran it before that would only park it again.
      expect((await hooks.get('default', disabled.id))?.enabled).toBe(true);
      replays.push(replay);
      return aJob({ endpoint_id: disabled.id });
    },
    now: () => noonMs,
  })(anHttpRequest({ params: { id }, body: body && JSON.stringify(body) }));
  return { answer, replays, stored: () => hooks.get('default', disabled.id) };
}

test('a hook is enabled as good as new, without a word of what was wrong', async () => {
  const { answer, replays, stored } = await enable();
  await expect(answer).resolves.toMatchObject({
    status: 200,
    body: { hook: { id: disabled.id, enabled: true, disabled_reason: null }, job: null },
  });
  const { disabled_reason: _reason, ...rest } = disabled;
  await expect(stored()).resolves.toEqual({ ...rest, enabled: true, consecutive_failures: 0 });
  expect(replays).toEqual([]);
});

test('what was parked is run after it was enabled, and after what was being parked is written down', async () => {
  const { answer, replays } = await enable({ replay: true, rate_per_second: 9 });
  await expect(answer).resolves.toMatchObject({
    status: 202,
    body: { hook: { enabled: true }, job: { state: 'queued', hook_id: disabled.id, webhook_id: null } },
    headers: { location: expect.stringMatching(/^\/api\/v1\/jobs\/job_/) },
  });
  expect(replays).toEqual([
    [
      {
        tenant: 'default',
        endpointId: disabled.id,
        selection: { until: noon, states: ['parked'] },
        ratePerSecond: 9,
      },
      2,
    ],
  ]);
});

test('a dry run counts and changes nothing', async () => {
  const { answer, replays, stored } = await enable({ replay: true, dry_run: true });
  await expect(answer).resolves.toEqual({
    status: 200,
    body: { dry_run: true, total: 4, complete: true },
  });
  await expect(stored()).resolves.toEqual(disabled);
  expect(replays).toEqual([]);
});

test.each([
  ['there is no such hook', { id: 'hk_02' }],
  ['the id is none of a hook', { id: 'wh_01' }],
  ['it was deleted meanwhile', { isGone: true }],
])('nothing is replayed when %s', async (_why, options) => {
  const { answer, replays } = await enable({ replay: true }, options);
  await expect(answer).rejects.toMatchObject({ code: 'not_found' });
  expect(replays).toEqual([]);
});
