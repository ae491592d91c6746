import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import { spawnCli } from '../support/spawn-cli.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

async function createHook(name: string, script: string, fields: Record<string, unknown>) {
  const uploaded = await running.api.put(`/api/v1/scripts/${name}`, script);
  expect(uploaded.status).toBe(201);
  const { status, body } = await running.api.post('/api/v1/hooks', { name, script: name, ...fields });
  expect(status).toBe(201);
  return body;
}

const publish = (event_name: string, data: unknown) =>
  running.api.post('/api/v1/events', { event_name, data });

const lastRun = async (hookId: string) =>
  (await running.api.get(`/api/v1/hooks/logs?hook_id=${hookId}`)).body.logs[0];

/** A killed process whose new parent has not asked for its exit code yet is a zombie (Z): dead all the same. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

test('a hook runs its script with the event in its environment and on stdin', async () => {
  const hook = await createHook(
    'show-event.sh',
    '#!/bin/sh\nread -r event\nprintf "%s|%s|%s|%s" "$SUBLARR_EVENT" "$SUBLARR_SCORE" "$SUBLARR_EVENT_DATA" "$event"\n',
    { event_name: 'upgrade_complete' },
  );
  const sample = { ...catalog.upgrade_complete.sample, event: 'shadow', score: 7 };

  const published = await publish('upgrade_complete', sample);
  const [execution] = await running.waitForExecutions(hook.id, 1);

  expect(execution).toMatchObject({ success: true, state: 'delivered', hook_type: 'script' });
  const run = await lastRun(hook.id);
  expect(run).toMatchObject({ state: 'delivered', success: true, exit_code: 0, hook_id: hook.id });
  const [name, score, data, stdin] = run.attempts[0].stdout.split('|');
  expect([name, score]).toEqual(['upgrade_complete', '7']);
  expect(JSON.parse(data)).toEqual(sample);
  expect(JSON.parse(stdin)).toMatchObject({
    id: published.body.id,
    event_name: 'upgrade_complete',
    data: sample,
  });
  const counted = await running.api.get(`/api/v1/hooks/${hook.id}`);
  expect(counted.body).toMatchObject({ trigger_count: 1, last_status: 'success' });
});

test('a script sees its own variables and none of ours', async () => {
  const hook = await createHook('environment.sh', '#!/bin/sh\nenv | cut -d= -f1 | sort | tr "\\n" " "\n', {
    event_name: 'whisper_failed',
  });
  await publish('whisper_failed', { error: 'boom' });
  await running.waitForExecutions(hook.id, 1);
  const names: string[] = (await lastRun(hook.id)).attempts[0].stdout.trim().split(' ');
  // A shell sets PWD by itself.
  expect(names.filter((name) => name !== 'PWD' && name !== '_' && name !== 'SHLVL')).toEqual([
    'HOME',
    'PATH',
    'SUBLARR_ERROR',
    'SUBLARR_EVENT',
    'SUBLARR_EVENT_DATA',
    'SUBLARR_EVENT_FILE',
    'TMPDIR',
  ]);
});

test('a payload too large for the environment is in the file that SUBLARR_EVENT_FILE names, as any other', async () => {
  const hook = await createHook(
    'read-file.sh',
    '#!/bin/sh\necho "${SUBLARR_EVENT_DATA-none}" | wc -c\nwc -c <"$SUBLARR_EVENT_FILE"\n',
    { event_name: 'webhook_received' },
  );
  const large = { source: 'sonarr', title: 'x'.repeat(200_000) };
  const small = { source: 'sonarr', title: 'y' };
  for (const [count, data] of [large, small].entries()) {
    await publish('webhook_received', data);
    await running.waitForExecutions(hook.id, count + 1);
    const [inVariable, inFile] = (await lastRun(hook.id)).attempts[0].stdout.trim().split('\n').map(Number);
    const bytes = JSON.stringify(data).length;
    expect(inFile).toBe(bytes);
    expect(inVariable).toBe((data === large ? 'none'.length : bytes) + 1);
  }
});

test('a script that exits 3 is a failed run with its code and its stderr', async () => {
  const hook = await createHook('fail.sh', '#!/bin/sh\necho out\necho why >&2\nexit 3\n', {
    event_name: 'translation_failed',
  });
  await publish('translation_failed', catalog.translation_failed.sample);
  const [execution] = await running.waitForExecutions(hook.id, 1);
  expect(execution).toMatchObject({ success: false });
  expect(await lastRun(hook.id)).toMatchObject({
    success: false,
    exit_code: 3,
    attempts: [{ exit_code: 3, stdout: 'out\n', stderr: 'why\n' }],
  });
});

test('a timeout kills the script and its children, and keeps the output so far', async () => {
  const hook = await createHook('hang.sh', '#!/bin/sh\nsleep 600 &\necho "child $!"\nsleep 600\n', {
    event_name: 'batch_complete',
    timeout_seconds: 1,
  });
  await publish('batch_complete', catalog.batch_complete.sample);
  await running.waitForExecutions(hook.id, 1);
  const run = await lastRun(hook.id);
  expect(run).toMatchObject({ success: false });
  expect(run.error).toContain('timeout');
  const child = Number(/child (\d+)/.exec(run.attempts[0].stdout)?.[1]);
  expect(isRunning(child)).toBe(false);
});

test('a hanging script delays no other hook', async () => {
  const slow = await createHook('slow.sh', '#!/bin/sh\nsleep 5\n', { event_name: 'config_updated' });
  const quick = await createHook('quick.sh', '#!/bin/sh\necho quick\n', { event_name: 'config_updated' });
  await publish('config_updated', catalog.config_updated.sample);
  await running.waitForExecutions(quick.id, 1);
  expect(running.executions().some(({ hook_id }) => hook_id === slow.id)).toBe(false);
  await running.waitForExecutions(slow.id, 1);
});

test('a hook stays pinned to the script that it was made with', async () => {
  const hook = await createHook('version.sh', '#!/bin/sh\necho one\n', { event_name: 'provider_failed' });
  await running.api.put('/api/v1/scripts/version.sh', '#!/bin/sh\necho two\n');
  await publish('provider_failed', catalog.provider_failed.sample);
  await running.waitForExecutions(hook.id, 1);
  expect((await lastRun(hook.id)).attempts[0].stdout).toBe('one\n');

  const { body: kept } = await running.api.get('/api/v1/scripts/version.sh/versions');
  expect(kept.versions).toMatchObject([
    { is_current: true, hooks: [] },
    { sha256: hook.script_sha256, is_current: false, hooks: [{ id: hook.id }] },
  ]);

  await running.api.put(`/api/v1/hooks/${hook.id}`, { script: 'version.sh' });
  await publish('provider_failed', catalog.provider_failed.sample);
  await running.waitForExecutions(hook.id, 2);
  expect((await lastRun(hook.id)).attempts[0].stdout).toBe('two\n');
});

test('a hook goes back to an older version of its script, and runs that', async () => {
  const path = '/api/v1/scripts/history.sh';
  const script = (word: string): string => `#!/bin/sh\necho ${word}\n`;
  const first = await createHook('history.sh', script('one'), { event_name: 'provider_search_complete' });
  await running.api.put(path, script('two'));
  const { body: second } = await running.api.post('/api/v1/hooks', {
    name: 'second',
    event_name: 'provider_search_complete',
    script: 'history.sh',
  });

  const { versions } = (await running.api.get(`${path}/versions`)).body;
  expect(versions).toMatchObject([
    {
      sha256: second.script_sha256,
      size: script('two').length,
      is_current: true,
      hooks: [{ id: second.id }],
    },
    { sha256: first.script_sha256, size: script('one').length, is_current: false, hooks: [{ id: first.id }] },
  ]);
  const old = await running.api.get(`${path}?version=${first.script_sha256}`);
  expect(old).toMatchObject({ status: 200, text: script('one') });

  const moved = await running.api.put(`/api/v1/hooks/${second.id}`, { script_sha256: first.script_sha256 });
  expect(moved).toMatchObject({ status: 200, body: { script_sha256: first.script_sha256 } });
  const echoed = await running.api.put(`/api/v1/hooks/${second.id}`, moved.body);
  expect(echoed).toMatchObject({ status: 200, body: { script_sha256: first.script_sha256 } });
  await publish('provider_search_complete', catalog.provider_search_complete.sample);
  await running.waitForExecutions(second.id, 1);
  expect((await lastRun(second.id)).attempts[0].stdout).toBe('one\n');

  const unknown = await running.api.put(`/api/v1/hooks/${second.id}`, { script_sha256: 'ab'.repeat(32) });
  expect(unknown.status).toBe(422);
  expect(unknown.body.message).toContain(`kept: ${versions[0].sha256} (current), ${versions[1].sha256}`);
  expect((await running.api.get(`${path}?version=${'ab'.repeat(32)}`)).status).toBe(404);
});

test('the content that a hook is pinned to outlives any number of uploads', async () => {
  const script = (word: number): string => `#!/bin/sh\necho ${word}\n`;
  const hook = await createHook('often.sh', script(0), { event_name: 'standalone_file_detected' });
  for (let word = 1; word <= 12; word++) await running.api.put('/api/v1/scripts/often.sh', script(word));
  const { versions } = (await running.api.get('/api/v1/scripts/often.sh/versions')).body;
  expect(versions).toHaveLength(11);
  expect(versions.at(-1)).toMatchObject({ sha256: hook.script_sha256, hooks: [{ id: hook.id }] });
  await publish('standalone_file_detected', catalog.standalone_file_detected.sample);
  await running.waitForExecutions(hook.id, 1);
  expect((await lastRun(hook.id)).attempts[0].stdout).toBe('0\n');
});

test('a test-fire runs the script with the sample of its event and answers what came of it', async () => {
  const hook = await createHook('try.sh', '#!/bin/sh\necho "$SUBLARR_TITLE"\n', {
    event_name: 'webhook_received',
  });
  const { status, body } = await running.api.post(`/api/v1/hooks/${hook.id}/test`, {});
  expect(status).toBe(200);
  expect(body.run).toMatchObject({
    id: body.delivery_id,
    state: 'delivered',
    test: true,
    exit_code: 0,
    attempts: [{ stdout: `${catalog.webhook_received.sample.title}\n` }],
  });
  expect(await lastRun(hook.id)).toEqual(body.run);
});

test('a test-fire that is not waited for says where its run will be found', async () => {
  const hook = await createHook('try-later.sh', '#!/bin/sh\nexec sleep 1\n', {
    event_name: 'batch_complete',
  });
  const { status, headers, body } = await running.api.post(`/api/v1/hooks/${hook.id}/test`, {
    wait_seconds: 0,
  });
  expect(status).toBe(202);
  const location = headers.get('location') ?? '';
  expect(location).toBe(`/api/v1/deliveries/${body.delivery_id}`);
  await expect
    .poll(async () => (await running.api.get(location)).body.state, { timeout: 15_000 })
    .toBe('delivered');
});

describe('the command line', () => {
  const run = async (...words: string[]) => {
    const { apiUrl, apiKey } = running.stack;
    const cli = spawnCli(words, { SUBLARR_EVENTS_URL: apiUrl, SUBLARR_EVENTS_KEY: apiKey });
    const code = await cli.ended;
    return { code, stdout: cli.lines.join('\n'), stderr: cli.stderr() };
  };

  test('lists the versions of a script, reads an older one, and moves a hook to it', async () => {
    const hook = await createHook('cli.sh', '#!/bin/sh\necho one\n', { event_name: 'batch_complete' });
    const old = String(hook.script_sha256);
    await running.api.put('/api/v1/scripts/cli.sh', '#!/bin/sh\necho two\n');
    await running.api.put(`/api/v1/hooks/${hook.id}`, { script: 'cli.sh' });

    const listed = await run('scripts', 'versions', 'cli.sh');
    expect(listed.stdout.split('\n').map((line) => line.slice(0, 8))).toEqual([
      'SHA256  ',
      expect.not.stringContaining(old.slice(0, 8)),
      old.slice(0, 8),
    ]);
    const read = await run('scripts', 'get', 'cli.sh', '--version', old.slice(0, 8));
    expect(read.stdout).toBe('#!/bin/sh\necho one');
    const words = ['--version', old.slice(0, 10), '--retry-schedule', '5,60', '--failure-threshold', '3'];
    expect(await run('hooks', 'update', hook.id, ...words)).toMatchObject({ code: 0 });
    expect((await running.api.get(`/api/v1/hooks/${hook.id}`)).body).toMatchObject({
      script_sha256: old,
      retry_schedule: [5, 60],
      failure_threshold: 3,
    });
  });

  test('tells by its exit code how a test-fire ended, and that it has not', async () => {
    const hook = await createHook('cli-test.sh', '#!/bin/sh\nsleep 2\nexit 1\n', {
      event_name: 'batch_complete',
    });
    const early = await run('hooks', 'test', hook.id, '--wait', '0');
    expect(early.code).toBe(3);
    expect(early.stdout).toContain('GET /api/v1/deliveries/dlv_');
    const whole = await run('hooks', 'test', hook.id, '--json');
    expect(whole.code).toBe(1);
    expect(JSON.parse(whole.stdout).run).toMatchObject({ state: 'exhausted', exit_code: 1 });
  });
});

test('a script that exits 75 is run again by the hook’s schedule, and its attempts add up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sublarr-again-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // Scripts may run as another user.
  chmodSync(folder, 0o777);
  const hook = await createHook(
    'try-again.sh',
    `#!/bin/sh\ntries='${folder}/tries'\necho try >>"$tries"\n[ "$(wc -l <"$tries")" -ge 3 ] || exit 75\n`,
    { event_name: 'standalone_scan_complete', retry_schedule: [0, 1] },
  );
  await publish('standalone_scan_complete', catalog.standalone_scan_complete.sample);
  const [execution] = await running.waitForExecutions(hook.id, 1);
  expect(execution).toMatchObject({ success: true, state: 'delivered' });
  const run = await lastRun(hook.id);
  expect(run).toMatchObject({
    state: 'delivered',
    attempts: [{ exit_code: 75 }, { exit_code: 75 }, { exit_code: 0 }],
  });
  const { body } = await running.api.get(`/api/v1/hooks/${hook.id}`);
  expect(body).toMatchObject({ trigger_count: 1, consecutive_failures: 0 });
});

test('a hook whose script keeps failing is disabled with the reason, and enabling it forgets the failures', async () => {
  const hook = await createHook('keep-failing.sh', '#!/bin/sh\nexit 1\n', {
    event_name: 'wanted_scan_complete',
    failure_threshold: 2,
  });
  const fire = () => publish('wanted_scan_complete', catalog.wanted_scan_complete.sample);
  const show = async () => (await running.api.get(`/api/v1/hooks/${hook.id}`)).body;
  await fire();
  await running.waitForExecutions(hook.id, 1);
  expect(await show()).toMatchObject({ enabled: true, warning: expect.stringContaining('at 2 it will be') });
  await fire();
  await running.waitForExecutions(hook.id, 2);
  expect(await show()).toMatchObject({
    enabled: false,
    consecutive_failures: 2,
    disabled_reason: expect.stringContaining('2 consecutive failed runs'),
  });
  await running.api.put(`/api/v1/hooks/${hook.id}`, { enabled: true });
  expect(await show()).toMatchObject({ enabled: true, consecutive_failures: 0, disabled_reason: null });
});

test('a script that exits 78 is refused and its hook disabled, which parks what follows', async () => {
  const hook = await createHook('stop.sh', '#!/bin/sh\nexit 78\n', {
    event_name: 'provider_search_complete',
  });
  await publish('provider_search_complete', catalog.provider_search_complete.sample);
  const [execution] = await running.waitForExecutions(hook.id, 1);
  expect(execution).toMatchObject({ success: false, state: 'refused' });
  const { body } = await running.api.get(`/api/v1/hooks/${hook.id}`);
  expect(body).toMatchObject({ enabled: false, disabled_reason: expect.stringContaining('exit code 78') });
  await publish('provider_search_complete', catalog.provider_search_complete.sample);
  await expect.poll(async () => (await lastRun(hook.id)).state).toBe('parked');
});
