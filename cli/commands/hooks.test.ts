import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFakeApi } from '../../test/support/fake-api.ts';
import type { FakeApi } from '../../test/support/fake-api.ts';
import { runCommand } from '../../test/support/run-command.ts';

const one = '1f3a9c04'.padEnd(64, '0');
const two = '1f3a9c04'.padEnd(64, '1');
const three = 'b'.repeat(64);
const version = (sha256: string) => ({ sha256, size: 20, created_at: 'then', is_current: false, hooks: [] });

/** What the API answers by method and path; what is not named here is a 404. */
let answers: Record<string, { readonly status?: number; readonly body: unknown }>;
let api: FakeApi;
beforeEach(async () => {
  answers = {
    'GET /api/v1/hooks/hk_1': { body: { id: 'hk_1', script: 'score.sh' } },
    'PUT /api/v1/hooks/hk_1': { body: { id: 'hk_1' } },
    'POST /api/v1/hooks': { status: 201, body: { id: 'hk_2' } },
    'GET /api/v1/scripts/score.sh/versions': {
      body: { name: 'score.sh', versions: [version(one), version(two), version(three)] },
    },
  };
  const missing = { status: 404, body: { message: 'not there', code: 'not_found' } };
  api = await startFakeApi(({ method, path }) => answers[`${method} ${path}`] ?? missing);
});
afterEach(() => api.close());

const run = (...words: string[]) => runCommand(words, { environment: api.environment });

describe('--version', () => {
  test('is resolved among the versions of the script that is named', async () => {
    const words = ['--name', 'n', '--events', '*', '--script', 'score.sh', '--version', 'BBBBBBBB'];
    expect(await run('hooks', 'create', ...words)).toMatchObject({ code: 0 });
    expect(api.asked.at(-1)?.body).toEqual({
      name: 'n',
      event_names: ['*'],
      script: 'score.sh',
      script_sha256: three,
    });
  });

  test('alone is resolved among the versions of the script that the hook has', async () => {
    expect(await run('hooks', 'update', 'hk_1', '--version', '1f3a9c040')).toMatchObject({ code: 0 });
    expect(api.asked.at(-1)).toEqual({
      method: 'PUT',
      path: '/api/v1/hooks/hk_1',
      body: { script_sha256: one },
    });
  });

  test('in full needs nothing looked up', async () => {
    expect(await run('hooks', 'update', 'hk_1', '--version', two)).toMatchObject({ code: 0 });
    expect(api.asked).toEqual([{ method: 'PUT', path: '/api/v1/hooks/hk_1', body: { script_sha256: two } }]);
  });

  test.each([
    ['1f3a9c04', 'begins 2 versions of score.sh: give more digits'],
    ['cccccccc', 'No version of score.sh that is kept begins with cccccccc; kept: 1f3a9c040000,'],
    ['1f3a9c0', 'must be the first 8 hex digits'],
    ['latest', 'must be the first 8 hex digits'],
    ['b'.repeat(65), 'must be the first 8 hex digits'],
  ])('%s changes nothing, and says why', async (given, problem) => {
    const { code, stderr } = await run('hooks', 'update', 'hk_1', '--version', given);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
    expect(api.asked.map(({ method }) => method)).not.toContain('PUT');
  });

  test('of a new hook needs its script', async () => {
    const { code, stderr } = await run('hooks', 'create', '--name', 'n', '--version', 'bbbbbbbb');
    expect(code).toBe(2);
    expect(stderr).toContain('--version needs --script');
  });

  test('reads an older content of a script', async () => {
    answers[`GET /api/v1/scripts/score.sh?version=${three}`] = { body: 'old' };
    const { code, stdout } = await run('scripts', 'get', 'score.sh', '--version', 'bbbbbbbb');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '"old"\n' });
  });
});

test('versions are listed with their size and time', async () => {
  const { code, stdout } = await run('scripts', 'versions', 'score.sh');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^SHA256 +BYTES +UPLOADED +CURRENT +RUN BY\n/);
  expect(stdout).toContain(`${three}  20     then      -        -`);
});

describe.each([
  ['hooks', '/api/v1/hooks/hk_1'],
  ['webhooks', '/api/v1/webhooks/wh_1'],
])('retries of %s', (group, path) => {
  test.each([
    [['--retries', '5', '--failure-threshold', '7'], { retry_count: 5, failure_threshold: 7 }],
    [['--retry-schedule', '5,60,600'], { retry_schedule: [5, 60, 600] }],
    [['--retry-schedule', '0'], { retry_schedule: [0] }],
    [['--retry-schedule', 'standard'], { retry_schedule: 'standard' }],
    // What it may be, the API says.
    [['--retry-schedule', 'often'], { retry_schedule: 'often' }],
  ])('%j are set', async (words, body) => {
    answers[`PUT ${path}`] = { body: { id: path } };
    expect(await run(group, 'update', path.split('/').at(-1) ?? '', ...words)).toMatchObject({ code: 0 });
    expect(api.asked.at(-1)?.body).toEqual(body);
  });
});

describe('hooks test', () => {
  const queued = { delivery_id: 'dlv_1', event_id: 'evt_1', event_name: 'batch_complete', log: '/logs' };
  const ended = (success: boolean) => ({
    id: 'dlv_1',
    state: success ? 'delivered' : 'exhausted',
    success,
    attempts: [{ exit_code: success ? 0 : 1, stdout: 'one\ntwo\n', stderr: '' }],
  });
  const answerTest = (status: number, body: object): void => {
    answers['POST /api/v1/hooks/hk_1/test'] = { status, body };
  };

  test.each([
    [true, 0],
    [false, 1],
  ])('of a run that ends at once with success %s ends with %i', async (success, expected) => {
    answerTest(200, { ...queued, run: ended(success) });
    const { code, stdout, stderr } = await run('hooks', 'test', 'hk_1', '--json');
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ run: { success } });
    expect(api.asked.at(-1)?.body).toEqual({});
  });

  test.each([
    [true, 0],
    [false, 1],
  ])('of a run that ends later with success %s ends with %i', async (success, expected) => {
    answerTest(202, { ...queued, message: 'not yet' });
    answers['GET /api/v1/deliveries/dlv_1'] = { body: ended(success) };
    const { code, stdout, stderr } = await run('hooks', 'test', 'hk_1');
    expect({ code, stderr }).toEqual({
      code: expected,
      stderr: 'dlv_1 has not ended yet: waiting for it.\n',
    });
    expect(stdout).toContain(`success  ${success}\n`);
    expect(stdout).toContain('Attempt 1\n');
    expect(stdout).toContain('stdout     one\n           two\n');
    expect(stdout).not.toContain('not yet');
  });

  test('of a run that has not ended when the wait is over ends with 3, and says where to ask', async () => {
    answerTest(202, { ...queued, message: 'Ask GET /api/v1/deliveries/dlv_1 for it.' });
    const { code, stdout } = await run('hooks', 'test', 'hk_1', '--wait', '0', '--event', 'batch_complete');
    expect(code).toBe(3);
    expect(stdout).toContain('Ask GET /api/v1/deliveries/dlv_1');
    expect(api.asked).toEqual([
      {
        method: 'POST',
        path: '/api/v1/hooks/hk_1/test',
        body: { event_name: 'batch_complete', wait_seconds: 0 },
      },
    ]);
  });

  test('of a hook that does not exist ends with 1', async () => {
    expect(await run('hooks', 'test', 'hk_1')).toMatchObject({ code: 1 });
  });

  test('takes whole seconds', async () => {
    const { code, stderr } = await run('hooks', 'test', 'hk_1', '--wait', 'long');
    expect(code).toBe(2);
    expect(stderr).toContain('--wait must be a whole number');
  });
});
