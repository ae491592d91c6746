import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFakeApi } from '../test/support/fake-api.ts';
import type { FakeApi } from '../test/support/fake-api.ts';
import { runCommand } from '../test/support/run-command.ts';

const job = { id: 'job_1', state: 'done', total: 2, done: 2, failed: 0, failures: [], reason: null };
let answer: unknown;
let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi(({ path }) => ({ body: path === '/api/v1/jobs/job_1' ? job : answer }));
});
afterEach(() => api.close());

const run = (...words: string[]) => runCommand(words, { environment: api.environment });

describe.each([
  ['webhooks', 'wh_1'],
  ['hooks', 'hk_1'],
])('%s enable', (collection, id) => {
  const path = `/api/v1/${collection}/${id}/enable`;

  test('enables, and nothing else unless told', async () => {
    answer = { job: null };
    const { code, stdout } = await run(collection, 'enable', id);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${id} is enabled.\n` });
    expect(api.asked).toEqual([{ method: 'POST', path, body: { replay: false } }]);
  });

  test('with --replay waits until what was parked is on its way', async () => {
    answer = { job: { ...job, state: 'queued' } };
    const { code, stdout } = await run(collection, 'enable', id, '--replay', '--rate', '9');
    expect(code).toBe(0);
    expect(stdout).toContain('job_1 is done: 2 of 2 sent, 0 failed.');
    expect(api.asked).toEqual([
      { method: 'POST', path, body: { replay: true, rate_per_second: 9 } },
      { method: 'GET', path: '/api/v1/jobs/job_1', body: undefined },
    ]);
  });

  test('with --dry-run only counts', async () => {
    answer = { dry_run: true, total: 7, complete: false };
    expect(await run(collection, 'enable', id, '--replay', '--dry-run')).toMatchObject({
      code: 0,
      stdout: 'at least 7 would be sent\n',
    });
    expect(api.asked).toEqual([{ method: 'POST', path, body: { replay: true, dry_run: true } }]);
  });
});

test.each([
  ['wh_1', '/api/v1/webhooks/wh_1/replay'],
  ['hk_1', '/api/v1/hooks/hk_1/replay'],
])('replay %s asks for %s', async (id, path) => {
  answer = { dry_run: true, total: 7, complete: true };
  expect(await run('replay', id, '--dry-run', '--states', 'parked')).toMatchObject({ code: 0 });
  expect(api.asked).toEqual([{ method: 'POST', path, body: { states: ['parked'], dry_run: true } }]);
});
