import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SublarrEvents } from '../../client/index.ts';
import { verifyWebhook } from '../../client/verify-webhook.ts';
import { catalog, publishableEventNames } from '../../shared/catalog.ts';
import { generateSecret } from '../../shared/signature.ts';
import { createApiKey } from '../support/create-api-key.ts';
import { answerStatus } from '../support/receiver.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import { binPath, spawnCli } from '../support/spawn-cli.ts';
import type { CliProcess } from '../support/spawn-cli.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
let folder: string;
beforeAll(async () => {
  running = await startTestStack();
  folder = await mkdtemp(join(tmpdir(), 'sublarr-events-cli-'));
});
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

const settings = (): NodeJS.ProcessEnv => ({
  SUBLARR_EVENTS_URL: running.stack.apiUrl,
  SUBLARR_EVENTS_KEY: running.stack.apiKey,
});

type Options = Parameters<typeof spawnCli>[2];
const start = (
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  options: Options = {},
): CliProcess => spawnCli(words, { ...settings(), ...environment }, options);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads answers freely and fails where they differ
  readonly json: any;
}

/** Runs to the end. No output of any command may hold the key. */
async function run(
  words: readonly string[],
  environment?: NodeJS.ProcessEnv,
  options?: Options,
): Promise<Ended> {
  const started = start(words, environment, options);
  const code = await started.ended;
  const stdout = started.lines.join('\n');
  expect(stdout + started.stderr()).not.toContain(running.stack.apiKey);
  const json: unknown = words.includes('--json') && stdout !== '' ? JSON.parse(stdout) : undefined;
  return { code, stdout, stderr: started.stderr(), json };
}

let nextPath = 0;
async function createWebhook(event: string, options: readonly string[] = []) {
  const path = `/cli-${nextPath++}`;
  const words = ['webhooks', 'create', '--name', path, '--events', event, '--to', running.receiver.url(path)];
  const { code, json } = await run([...words, ...options, '--json']);
  expect(code).toBe(0);
  return { path, id: String(json.id), secret: String(json.secret) };
}

const verified = ({ headers, body }: ReceivedRequest, secret: string): boolean =>
  verifyWebhook({ headers, body }, { secret }).isVerified;

describe('emit', () => {
  test('publishes an event that its webhook receives, once however often it is sent with one id', async () => {
    const { path, secret } = await createWebhook('upgrade_complete');
    const { code, stdout } = await run(['emit', 'upgrade_complete', '--data', '{"title": "葬送"}']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^evt_[0-9A-Z]{26}$/);
    const [received] = await running.receiver.waitFor(path, 1);
    expect(received?.headers['webhook-id']).toBe(stdout);
    expect(JSON.parse(received?.body ?? '')).toMatchObject({ data: { title: '葬送' } });
    expect(received !== undefined && verified(received, secret)).toBe(true);

    for (const _ of [1, 2]) {
      const again = await run(['emit', 'upgrade_complete', '--id', 'cli-once', '--json']);
      expect(again).toMatchObject({ code: 0, json: { id: 'cli-once' } });
    }
    await run(['emit', 'upgrade_complete', '--id', 'cli-last']);
    await running.receiver.waitFor(path, 3);
    const ids = running.receiver.received(path).map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids)).toEqual(new Set(['cli-last', 'cli-once', stdout]));
  });

  test('takes its payload from a file or from stdin', async () => {
    const { path } = await createWebhook('config_updated');
    const file = join(folder, 'payload.json');
    await writeFile(file, '{"changed_keys": ["file"]}');
    expect(await run(['emit', 'config_updated', '--data', `@${file}`])).toMatchObject({ code: 0 });
    const piped = { stdin: '{"changed_keys": ["stdin"]}' };
    expect(await run(['emit', 'config_updated', '--data', '-'], {}, piped)).toMatchObject({ code: 0 });
    const bodies = (await running.receiver.waitFor(path, 2)).map(({ body }) => body).join();
    expect(bodies).toContain('["file"]');
    expect(bodies).toContain('["stdin"]');
  });

  test('tells what the API says of a mistake, with exit code 1', async () => {
    const { code, stdout, stderr } = await run(['emit', 'nope']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('"nope" is no catalog event');
  });
});

describe('listen', () => {
  test('prints each event as a line of JSON, and ends with 0 on Ctrl-C', async () => {
    const listening = start(['listen', '--json', '--events', 'wanted_scan_complete']);
    await listening.waitForNote('Listening.');
    const emitted = await run(['emit', 'wanted_scan_complete', '--data', '{"total_items": 7}']);
    const [line = ''] = await listening.waitForLines(1);
    expect(JSON.parse(line)).toMatchObject({
      kind: 'event',
      event: 'wanted_scan_complete',
      id: emitted.stdout,
      cursor: expect.any(String),
      data: { total_items: 7 },
    });
    listening.stop('SIGINT');
    expect(await listening.ended).toBe(0);
  });

  test('begins with what happened since a cursor', async () => {
    const listening = start(['listen', '--json', '--events', 'provider_failed', '--count', '1']);
    await listening.waitForNote('Listening.');
    await run(['emit', 'provider_failed', '--id', 'seen']);
    await listening.ended;
    const { cursor } = JSON.parse(listening.lines[0] ?? '') as { cursor: string };
    await run(['emit', 'provider_failed', '--id', 'missed']);
    const back = start(['listen', '--json', '--events', 'provider_failed', '--since', cursor]);
    await expect
      .poll(() => back.lines.map((line) => (JSON.parse(line) as { id?: string }).id), { timeout: 15_000 })
      .toContain('missed');
    back.stop('SIGTERM');
    expect(await back.ended).toBe(0);
  });

  test('--forward-to posts events signed as a webhook does, tries again, and leaves out what webhooks do not get', async () => {
    const secret = generateSecret();
    running.receiver.answer('/forwarded', (_, response, count) =>
      response.writeHead(count === 1 ? 503 : 200).end(),
    );
    const target = running.receiver.url('/forwarded');
    const listening = start(['listen', '--forward-to', target, '--count', '2'], {
      SUBLARR_EVENTS_SECRET: secret,
    });
    await listening.waitForNote('Listening.');
    await createWebhook('batch_complete');
    await run(['emit', 'batch_complete', '--id', 'first']);
    // The webhook's own delivery is told of by hook_executed, which no webhook gets.
    await run(['emit', 'batch_complete', '--id', 'second']);
    expect(await listening.ended).toBe(0);
    const received = running.receiver.received('/forwarded');
    const ids = received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids)).toEqual(new Set(['first', 'second']));
    for (const request of received) {
      expect(verified(request, secret)).toBe(true);
      expect(Object.keys(JSON.parse(request.body))).toEqual(['event_name', 'version', 'timestamp', 'data']);
    }
    expect(listening.lines.join('\n')).toContain('HTTP 503, again in');
    expect(listening.stderr() + listening.lines.join()).not.toContain(secret);
  });
});

describe('what became of events', () => {
  test('deliveries and undelivered tell of it, and replay mends it', async () => {
    const { path, id } = await createWebhook('translation_failed', ['--retries', '0']);
    running.receiver.answer(path, answerStatus(500));
    const event = (await run(['emit', 'translation_failed'])).stdout;
    await running.waitForExecutions(id, 1);

    const listed = await run(['deliveries', 'list', '--webhook', id, '--state', 'exhausted', '--json']);
    expect(listed.json.deliveries).toMatchObject([{ event_id: event, status: 500 }]);
    const [{ id: deliveryId }] = listed.json.deliveries;
    expect((await run(['deliveries', 'get', deliveryId])).stdout).toContain('Attempt 1');
    const table = (await run(['deliveries', 'list', '--webhook', id])).stdout;
    expect(table).toMatch(/^TIME +STATE/);
    expect(table).not.toContain('\u001B');

    const undelivered = await run(['undelivered']);
    expect(undelivered.stdout).toContain(id);
    expect(undelivered.stdout).toContain(`sublarr-events replay ${id} --states exhausted`);

    running.receiver.answer(path, answerStatus(200));
    expect((await run(['replay', id, '--dry-run', '--json'])).json).toMatchObject({
      total: 1,
      complete: true,
    });
    const replayed = await run(['replay', id]);
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    expect(replayed.stdout).toContain('is done: 1 of 1 sent, 0 failed.');
    await running.waitForExecutions(id, 2);
    const job = (await run(['jobs', 'list', '--limit', '1', '--json'])).json.jobs[0];
    expect(job).toMatchObject({ webhook_id: id, state: 'done' });
    expect((await run(['events', 'get', event])).stdout).toContain('delivered');
    expect((await run(['deliveries', 'retry', deliveryId])).code).toBe(0);
    await running.waitForExecutions(id, 3);
  });

  test('webhooks are shown, changed, tested and deleted', async () => {
    const { path, id } = await createWebhook('whisper_complete', ['--header', 'X-One: 1', '--timeout', '7']);
    expect((await run(['webhooks', 'get', id, '--json'])).json).toMatchObject({
      timeout_seconds: 7,
      headers: { 'X-One': '********' },
    });
    const changes = ['--retries', '5', '--disabled', '--data', '{"rate_limit": 9}'];
    expect((await run(['webhooks', 'update', id, ...changes, '--json'])).json).toMatchObject({
      retry_count: 5,
      enabled: false,
      rate_limit: 9,
    });
    expect((await run(['webhooks', 'list'])).stdout).toMatch(new RegExp(`${id} .*disabled`));
    expect(await run(['webhooks', 'test', id])).toMatchObject({ code: 0 });
    running.receiver.answer(path, answerStatus(404));
    expect(await run(['webhooks', 'test', id])).toMatchObject({ code: 1 });
    expect(await run(['webhooks', 'enable', id, '--replay'])).toMatchObject({ code: 0 });
    expect((await run(['webhooks', 'rotate-secret', id, '--grace', '0', '--json'])).json.secret).toMatch(
      /^whsec_/,
    );
    expect(await run(['webhooks', 'delete', id])).toMatchObject({ code: 0 });
    const gone = await run(['webhooks', 'get', id]);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain('There is no webhook');
  });

  test('scripts and hooks are uploaded, subscribed and deleted', async () => {
    const script = '#!/bin/sh\necho hi\n';
    expect(await run(['scripts', 'upload', 'hi.sh', '-'], {}, { stdin: script })).toMatchObject({ code: 0 });
    expect((await run(['scripts', 'get', 'hi.sh', '--json'])).json).toEqual({
      name: 'hi.sh',
      content: script,
    });
    const words = [
      'hooks',
      'create',
      '--name',
      'hi',
      '--events',
      'whisper_failed',
      '--script',
      'hi.sh',
      '--json',
    ];
    const { id } = (await run(words)).json;
    expect((await run(['hooks', 'list'])).stdout).toContain('hi.sh@');
    expect((await run(['scripts', 'versions', 'hi.sh'])).stdout).toContain(id);
    const tested = await run(['hooks', 'test', id, '--json']);
    expect(tested).toMatchObject({ code: 0, json: { run: { success: true } } });
    const inUse = await run(['scripts', 'delete', 'hi.sh']);
    expect(inUse.code).toBe(1);
    expect(inUse.stderr).toContain(id);
    expect(await run(['hooks', 'delete', id])).toMatchObject({ code: 0 });
    expect(await run(['scripts', 'delete', 'hi.sh'])).toMatchObject({ code: 0 });
  });

  test('what has no command of its own is asked by its route', async () => {
    const weights = await run(['api', 'GET', '/api/v1/scoring/weights', '--json']);
    expect(weights.json.episode.hash).toBe(359);
    const refused = await run(['api', 'POST', '/api/v1/sources', '--data', '{"kind": "none"}']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('kind');
  });
});

describe('verify', () => {
  test('trusts what a webhook sent, and nothing that was changed', async () => {
    const { path, secret } = await createWebhook('standalone_scan_complete', ['--schemes', 'v1,v1a']);
    const webhook = (await run(['webhooks', 'list', '--limit', '200', '--json'])).json.webhooks.find(
      ({ name }: { name: string }) => name === path,
    );
    await run(['emit', 'standalone_scan_complete']);
    const [received] = await running.receiver.waitFor(path, 1);
    const [body, headers] = [join(folder, 'body'), join(folder, 'headers')];
    await writeFile(body, received?.body ?? '');
    await writeFile(headers, JSON.stringify(received?.headers));
    const words = ['verify', '--body', `@${body}`, '--headers', `@${headers}`];

    const keys = ['--public-key', webhook.public_key];
    const good = await run([...words, ...keys, '--json'], { SUBLARR_EVENTS_SECRET: secret });
    expect(good).toMatchObject({ code: 0, json: { verified: true } });
    expect(good.json.proofs.map(({ valid }: { valid: boolean }) => valid)).toEqual([true, true, true]);

    expect(await run(words, { SUBLARR_EVENTS_SECRET: generateSecret() })).toMatchObject({ code: 1 });
    await writeFile(body, `${received?.body}\n`);
    const bad = await run(words, { SUBLARR_EVENTS_SECRET: secret });
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('It cannot be trusted.');
  });
});

describe('doctor', () => {
  test('finds nothing wrong', async () => {
    const { code, stdout } = await run(['doctor']);
    expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual(
      ['url', 'key', 'api', 'versions', 'clock', 'scopes', 'live'].map((name) => `ok ${name}`),
    );
    expect(code).toBe(0);
  });

  test('tells which scopes a key has', async () => {
    const key = await createApiKey(running.stack, ['publish']);
    const { code, json } = await run(['doctor', '--json'], { SUBLARR_EVENTS_KEY: key });
    expect(code).toBe(0);
    const scopes = json.checks.find(({ name }: { name: string }) => name === 'scopes');
    expect(scopes.text).toMatch(/^publish; not manage .*read .*live/);
  });

  test('ends with 1 for a key that is not known', async () => {
    const { code, stdout } = await run(['doctor'], { SUBLARR_EVENTS_KEY: 'sk_wrong' });
    expect(code).toBe(1);
    expect(stdout).toContain('fail  scopes');
  });
});

test.runIf(existsSync('/dev/full'))(
  'output that cannot be written is exit code 1, and output that nobody reads is none',
  async () => {
    const words = ['-c', '"$0" "$@" > /dev/full', process.execPath, binPath, '--help'];
    const failing: unknown = await promisify(execFile)('sh', words).catch((error: unknown) => error);
    expect(failing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^sublarr-events: the output cannot be written: ENOSPC.*\n$/),
    });

    const unread = spawn(process.execPath, [binPath, '--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
    unread.stdout.destroy();
    expect(await once(unread, 'close')).toEqual([0, null]);
  },
);

describe('settings', () => {
  test('a key that is not known is exit code 1, and none at all is 2', async () => {
    for (const words of [['webhooks', 'list'], ['listen'], ['emit', 'batch_complete']]) {
      expect(await run(words, { SUBLARR_EVENTS_KEY: 'sk_wrong' })).toMatchObject({ code: 1, stdout: '' });
    }
    const elsewhere = { SUBLARR_EVENTS_KEY: '', SUBLARR_EVENTS_URL: 'https://elsewhere.example' };
    expect(await run(['webhooks', 'list'], elsewhere)).toMatchObject({ code: 2, stdout: '' });
  });

  test('are read from the file, and the key of a box from its folder', async () => {
    await mkdir(join(folder, 'xdg', 'sublarr-events'), { recursive: true });
    const content = JSON.stringify({ url: running.stack.apiUrl, key: running.stack.apiKey });
    await writeFile(join(folder, 'xdg', 'sublarr-events', 'config.json'), content);
    const none = { SUBLARR_EVENTS_KEY: '', SUBLARR_EVENTS_URL: '' };
    const ofFile = { ...none, XDG_CONFIG_HOME: join(folder, 'xdg') };
    expect(await run(['events', 'catalog'], ofFile)).toMatchObject({ code: 0 });

    await mkdir(join(folder, '.sublarr-events'));
    await writeFile(join(folder, '.sublarr-events', 'api-key'), `${running.stack.apiKey}\n`);
    const ofBox = { ...none, SUBLARR_EVENTS_URL: running.stack.apiUrl };
    expect(await run(['events', 'catalog'], ofBox, { cwd: folder })).toMatchObject({ code: 0 });
  });
});

describe('the client', () => {
  const connect = () => new SublarrEvents({ url: running.stack.apiUrl, key: running.stack.apiKey });

  test('publishes many events, and says which were wrong', async () => {
    const samples = publishableEventNames.map((event_name) => ({
      event_name,
      data: catalog[event_name].sample,
    }));
    const wrong = { event_name: 'nope', data: {} };
    const published = await connect().events.publishMany([...samples, wrong, ...samples]);
    expect(published).toMatchObject({ accepted: samples.length * 2, failed: 1 });
    expect(published.ids.indexOf(null)).toBe(samples.length);
    expect(published.errors).toMatchObject([{ index: samples.length, status: 422 }]);
  });

  test('watches live, on and on, until its signal', async () => {
    const client = connect();
    const ending = new AbortController();
    const names: string[] = [];
    const events = ['standalone_file_detected'];
    const onConnected = () => {
      void client.events.publish({ event_name: 'standalone_file_detected', data: {} });
    };
    for await (const frame of client.watch({ events, signal: ending.signal, onConnected })) {
      if (frame.kind === 'event') names.push(frame.event);
      ending.abort();
    }
    expect(names).toEqual(events);
  });
});
