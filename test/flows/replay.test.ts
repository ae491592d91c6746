import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import { kindOf } from '../../shared/endpoint.ts';
import { answerStatus } from '../support/receiver.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

const fanOutQueue = 'sublarr-events-webhook-events';
const fanOutDeadLetters = `${fanOutQueue}-dlq`;

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack((stack) => {
    // A poisoned message is to come back five times within seconds.
    for (const construct of stack.node.findAll()) {
      if (construct instanceof CfnQueue && construct.queueName === fanOutQueue)
        construct.visibilityTimeout = 1;
    }
  });
});
afterAll(() => running.stop());

let nextPath = 0;

/** Each test has a path of its own at the receiver and an event that no other test's webhook subscribes to. */
async function createWebhook(event_name: EventName, fields: Record<string, unknown> = {}) {
  const path = `/replay-${nextPath++}`;
  const { status, body } = await running.api.post('/api/v1/webhooks', {
    name: path,
    event_name,
    url: running.receiver.url(path),
    retry_count: 0,
    ...fields,
  });
  expect(status).toBe(201);
  return { path, id: String(body.id) };
}

/** Publishes events with these ids. */
const publish = async (event_name: EventName, ids: readonly string[]): Promise<void> => {
  const events = ids.map((id) => ({ event_name, id, data: catalog[event_name].sample }));
  expect((await running.api.post('/api/v1/events', events)).body.accepted).toBe(ids.length);
};

interface Row {
  readonly id: string;
  readonly event_id: string;
  readonly state: string;
  readonly round?: number;
  readonly event_name: string;
  readonly attempts: readonly { readonly status: number; readonly stdout?: string }[];
}
const rowsOf = async (endpointId: string): Promise<readonly Row[]> =>
  (await running.api.get(`/api/v1/hooks/logs?${kindOf(endpointId)}_id=${endpointId}&limit=200`)).body.logs;
const countIn = async (endpointId: string, state: string): Promise<number> =>
  (await rowsOf(endpointId)).filter((row) => row.state === state).length;

const jobOf = async (id: string) => (await running.api.get(`/api/v1/jobs/${id}`)).body;
const waitUntilDone = async (id: string): Promise<void> => {
  await expect.poll(() => jobOf(id), { timeout: 20_000 }).toMatchObject({ state: 'done' });
};

/** A hook of a script of its own, and of events that no other test's hook subscribes to. */
async function createHook(name: string, script: string, fields: Record<string, unknown>): Promise<string> {
  expect((await running.api.put(`/api/v1/scripts/${name}`, script)).status).toBe(201);
  const { status, body } = await running.api.post('/api/v1/hooks', { name, script: name, ...fields });
  expect(status).toBe(201);
  return String(body.id);
}

/** A disabled hook with that many parked runs. */
async function createParked(name: string, script: string, event_name: EventName, count: number) {
  const id = await createHook(name, script, { event_name, enabled: false });
  const ids = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  await publish(event_name, ids);
  await expect.poll(() => countIn(id, 'parked'), { timeout: 10_000 }).toBe(count);
  return { id, ids };
}

const idsAt = (path: string) =>
  running.receiver.received(path).map(({ headers }) => String(headers['webhook-id']));

describe('a webhook that was disabled', () => {
  test('is enabled, and gets what was parked: counted first, then each once, by a job that tells how far it is', async () => {
    const { path, id } = await createWebhook('batch_complete', { enabled: false });
    const ids = ['parked-1', 'parked-2', 'parked-3'];
    await publish('batch_complete', ids);
    await expect.poll(() => countIn(id, 'parked'), { timeout: 10_000 }).toBe(3);

    const counted = await running.api.post(`/api/v1/webhooks/${id}/enable`, { replay: true, dry_run: true });
    expect(counted).toMatchObject({ status: 200, body: { dry_run: true, total: 3, complete: true } });
    expect((await running.api.get(`/api/v1/webhooks/${id}`)).body.enabled).toBe(false);
    const refused = await running.api.post(`/api/v1/webhooks/${id}/replay`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(refused.body.message).toContain(`/api/v1/webhooks/${id}/enable`);

    const enabled = await running.api.post(`/api/v1/webhooks/${id}/enable`, { replay: true });
    expect(enabled.status).toBe(202);
    expect(enabled.body.webhook).toMatchObject({ id, enabled: true, consecutive_failures: 0 });
    expect(enabled.body.job).toMatchObject({ webhook_id: id, state: 'queued', total: null, done: 0 });
    expect(enabled.headers.get('location')).toBe(`/api/v1/jobs/${enabled.body.job.id}`);

    await running.waitForExecutions(id, 3);
    await waitUntilDone(enabled.body.job.id);
    expect(await jobOf(enabled.body.job.id)).toMatchObject({
      total: 3,
      done: 3,
      failed: 0,
      states: ['parked'],
      started_at: expect.any(String),
      finished_at: expect.any(String),
    });
    expect(idsAt(path).toSorted()).toEqual(ids);
    expect(await countIn(id, 'delivered')).toBe(3);
  });

  test('is enabled without a replay when none is asked for', async () => {
    const { id } = await createWebhook('upgrade_complete', { enabled: false });
    const enabled = await running.api.call('POST', `/api/v1/webhooks/${id}/enable`);
    expect(enabled).toMatchObject({ status: 200, body: { webhook: { enabled: true }, job: null } });
  });
});

describe('a replay', () => {
  test('sends what was exhausted, chosen by name and time, once; earlier attempts stay in the log', async () => {
    const { path, id } = await createWebhook('translation_failed');
    running.receiver.answer(path, answerStatus(500));
    await publish('translation_failed', ['failed-1', 'failed-2']);
    await running.waitForExecutions(id, 2);
    running.receiver.answer(path, answerStatus(200));

    const replay = (fields: object) => running.api.post(`/api/v1/webhooks/${id}/replay`, fields);
    const none = { dry_run: true, event_names: ['batch_complete'] };
    expect((await replay(none)).body).toEqual({ dry_run: true, total: 0, complete: true });
    const earlier = { dry_run: true, until: '2020-01-01T00:00:00Z' };
    expect((await replay(earlier)).body.total).toBe(0);
    expect((await replay({ dry_run: true })).body.total).toBe(2);

    const { status, body } = await replay({ states: ['exhausted'], event_names: ['translation_failed'] });
    expect(status).toBe(202);
    await running.waitForExecutions(id, 4);
    await waitUntilDone(body.id);
    expect(idsAt(path).toSorted()).toEqual(['failed-1', 'failed-1', 'failed-2', 'failed-2']);
    for (const row of await rowsOf(id)) {
      expect(row).toMatchObject({ state: 'delivered', round: 1 });
      expect(row.attempts.map((attempt) => attempt.status)).toEqual([500, 200]);
    }

    const again = await replay({});
    await waitUntilDone(again.body.id);
    expect(await jobOf(again.body.id)).toMatchObject({ total: 0, done: 0, failed: 0 });
    const { body: list } = await running.api.get('/api/v1/jobs?limit=2');
    expect(list.jobs.map((job: { id: string }) => job.id)).toEqual([again.body.id, body.id]);
    expect(list.next_cursor).toEqual(expect.any(String));
  });

  test('that is cancelled ends as cancelled, and cannot be cancelled when it is done', async () => {
    const { path, id } = await createWebhook('provider_failed');
    running.receiver.answer(path, answerStatus(500));
    const ids = Array.from({ length: 14 }, (_, index) => `slow-${index}`);
    // In two parts: ten failures in a row would disable it.
    await publish('provider_failed', ids.slice(0, 7));
    await running.waitForExecutions(id, 7);
    await running.api.post(`/api/v1/webhooks/${id}/enable`, {});
    await publish('provider_failed', ids.slice(7));
    await running.waitForExecutions(id, 14);
    await running.api.post(`/api/v1/webhooks/${id}/enable`, {});
    running.receiver.answer(path, answerStatus(200));

    const { body } = await running.api.post(`/api/v1/webhooks/${id}/replay`, { rate_per_second: 1 });
    await running.receiver.waitFor(path, 15);
    const cancelled = await running.api.call('POST', `/api/v1/jobs/${body.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await countIn(id, 'exhausted')).toBeGreaterThan(0);

    const other = await createWebhook('whisper_failed');
    const done = await running.api.post(`/api/v1/webhooks/${other.id}/replay`, {});
    await waitUntilDone(done.body.id);
    const late = await running.api.call('POST', `/api/v1/jobs/${done.body.id}/cancel`);
    expect(late).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  test.each([
    [{ states: ['running'] }, 'states[0]'],
    [{ states: [] }, 'states'],
    [{ event_names: ['nothing'] }, 'event_names[0]'],
    [{ since: 'yesterday' }, 'since'],
    [{ since: '2026-11-22T10:00:00Z', until: '2026-11-22T09:00:00+00:00' }, 'until'],
    [{ rate_per_second: 0 }, 'rate_per_second'],
    [{ rate: 1 }, 'rate'],
  ])('of %j is refused with the field', async (fields, field) => {
    const { id } = await createWebhook('whisper_complete');
    const { status, body } = await running.api.post(`/api/v1/webhooks/${id}/replay`, fields);
    expect(status).toBe(422);
    expect(body.details[0].field).toBe(field);
  });
});

describe('a single delivery', () => {
  test('is sent again whatever its state, with the same webhook-id', async () => {
    const { path, id } = await createWebhook('translation_complete');
    running.receiver.answer(path, answerStatus(404));
    await publish('translation_complete', ['one']);
    await running.waitForExecutions(id, 1);
    const [refused] = await rowsOf(id);
    expect(refused).toMatchObject({ state: 'refused' });

    running.receiver.answer(path, answerStatus(200));
    for (const round of [1, 2]) {
      const { status, body } = await running.api.call('POST', `/api/v1/deliveries/${refused?.id}/retry`);
      expect(status).toBe(202);
      expect(body).toMatchObject({ id: refused?.id, state: 'retrying', round, webhook_id: id });
      await running.waitForExecutions(id, 1 + round);
      expect((await rowsOf(id))[0]).toMatchObject({ state: 'delivered', round });
    }
    expect(idsAt(path)).toEqual(['one', 'one', 'one']);
  });

  test('of a disabled or deleted webhook, and the one of a test, is refused with the reason', async () => {
    const { id } = await createWebhook('upgrade_complete');
    await publish('upgrade_complete', ['refused-1']);
    await running.waitForExecutions(id, 1);
    const [row] = await rowsOf(id);
    const retry = () => running.api.call('POST', `/api/v1/deliveries/${row?.id}/retry`);

    const tested = await running.api.post(`/api/v1/webhooks/${id}/test`, {});
    const ofTest = await running.api.call('POST', `/api/v1/deliveries/${tested.body.delivery_id}/retry`);
    expect(ofTest).toMatchObject({ status: 409, body: { message: expect.stringContaining('test') } });

    await running.api.put(`/api/v1/webhooks/${id}`, { enabled: false });
    expect(await retry()).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('enable') },
    });
    await running.api.delete(`/api/v1/webhooks/${id}`);
    expect(await retry()).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('deleted') },
    });
  });
});

test('a single run of a hook is run again whatever its state, with its earlier attempts in the log', async () => {
  const script = '#!/bin/sh\nexit 3\n';
  expect((await running.api.put('/api/v1/scripts/fail.sh', script)).status).toBe(201);
  const { body: hook } = await running.api.post('/api/v1/hooks', {
    name: 'fail',
    event_name: 'whisper_failed',
    script: 'fail.sh',
  });
  const runs = async () => (await running.api.get(`/api/v1/hooks/logs?hook_id=${hook.id}`)).body.logs;
  await publish('whisper_failed', ['run-1']);
  await running.waitForExecutions(hook.id, 1);
  const [failed] = await runs();
  expect(failed).toMatchObject({ state: 'exhausted', exit_code: 3 });

  const retried = await running.api.call('POST', `/api/v1/deliveries/${failed.id}/retry`);
  expect(retried).toMatchObject({ status: 202, body: { state: 'retrying', round: 1, hook_id: hook.id } });
  await running.waitForExecutions(hook.id, 2);
  const [run] = await runs();
  expect(run).toMatchObject({ id: failed.id, state: 'exhausted', round: 1 });
  expect(run.attempts.map(({ exit_code }: { exit_code: number }) => exit_code)).toEqual([3, 3]);

  await running.api.put(`/api/v1/hooks/${hook.id}`, { enabled: false });
  const refused = await running.api.call('POST', `/api/v1/deliveries/${failed.id}/retry`);
  expect(refused).toMatchObject({ status: 409, body: { message: expect.stringContaining('disabled') } });
});

describe('a hook that was disabled', () => {
  test('is enabled, and runs what was parked: counted first, then each once, by a job that tells how far it is', async () => {
    const { id, ids } = await createParked('parked-runs', '#!/bin/sh\necho ran\n', 'wanted_scan_complete', 3);

    const counted = await running.api.post(`/api/v1/hooks/${id}/enable`, { replay: true, dry_run: true });
    expect(counted).toMatchObject({ status: 200, body: { dry_run: true, total: 3, complete: true } });
    expect((await running.api.get(`/api/v1/hooks/${id}`)).body.enabled).toBe(false);
    const refused = await running.api.post(`/api/v1/hooks/${id}/replay`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(refused.body.message).toContain(`/api/v1/hooks/${id}/enable`);
    const { body: undelivered } = await running.api.get('/api/v1/undelivered');
    expect(undelivered.endpoints).toContainEqual(
      expect.objectContaining({
        hook_id: id,
        request: { method: 'POST', path: `/api/v1/hooks/${id}/enable`, body: { replay: true } },
      }),
    );

    const enabled = await running.api.post(`/api/v1/hooks/${id}/enable`, { replay: true });
    expect(enabled.status).toBe(202);
    expect(enabled.body.hook).toMatchObject({ id, enabled: true, consecutive_failures: 0 });
    expect(enabled.body.job).toMatchObject({
      hook_id: id,
      webhook_id: null,
      state: 'queued',
      total: null,
      done: 0,
    });
    expect(enabled.headers.get('location')).toBe(`/api/v1/jobs/${enabled.body.job.id}`);

    await running.waitForExecutions(id, 3);
    await waitUntilDone(enabled.body.job.id);
    expect(await jobOf(enabled.body.job.id)).toMatchObject({
      total: 3,
      done: 3,
      failed: 0,
      states: ['parked'],
    });
    const ran = running.executions().filter(({ hook_id }) => hook_id === id);
    expect(ran.map(({ event_id }) => event_id).toSorted()).toEqual(ids);
    for (const row of await rowsOf(id)) {
      expect(row).toMatchObject({ state: 'delivered', round: 1, attempts: [{ stdout: 'ran\n' }] });
    }

    const again = await running.api.post(`/api/v1/hooks/${id}/replay`, {});
    await waitUntilDone(again.body.id);
    expect(await jobOf(again.body.id)).toMatchObject({ total: 0, done: 0, failed: 0 });
  });

  test('is enabled without a replay when none is asked for', async () => {
    const id = await createHook('enabled.sh', '#!/bin/sh\n', {
      event_name: 'webhook_received',
      enabled: false,
    });
    const enabled = await running.api.call('POST', `/api/v1/hooks/${id}/enable`);
    expect(enabled).toMatchObject({ status: 200, body: { hook: { enabled: true }, job: null } });
  });
});

describe('a replay of a hook', () => {
  test('runs what failed, chosen by name and time, once, with what the hook is pinned to now', async () => {
    const [chosen, other] = ['provider_search_complete', 'standalone_file_detected'] as const;
    const id = await createHook('mended.sh', '#!/bin/sh\necho broken\nexit 3\n', {
      event_names: [chosen, other],
    });
    await publish(chosen, ['mended-1', 'mended-2']);
    await publish(other, ['mended-3']);
    await running.waitForExecutions(id, 3);

    const replay = (fields: object) => running.api.post(`/api/v1/hooks/${id}/replay`, fields);
    expect((await replay({ dry_run: true })).body).toEqual({ dry_run: true, total: 3, complete: true });
    const named = { states: ['exhausted'], event_names: [chosen], since: new Date(0).toISOString() };
    expect((await replay({ ...named, dry_run: true })).body.total).toBe(2);
    const earlier = { ...named, until: '2020-01-01T00:00:00Z', dry_run: true };
    expect((await replay(earlier)).body.total).toBe(0);

    await running.api.put('/api/v1/scripts/mended.sh', '#!/bin/sh\necho mended\n');
    await running.api.put(`/api/v1/hooks/${id}`, { script: 'mended.sh' });
    const { status, body } = await replay(named);
    expect(status).toBe(202);
    await running.waitForExecutions(id, 5);
    await waitUntilDone(body.id);
    expect(await jobOf(body.id)).toMatchObject({ hook_id: id, total: 2, done: 2, failed: 0 });
    for (const row of await rowsOf(id)) {
      const isChosen = row.event_name === chosen;
      expect(row).toMatchObject(isChosen ? { state: 'delivered', round: 1 } : { state: 'exhausted' });
      const outputs = row.attempts.map(({ stdout }) => stdout);
      expect(outputs).toEqual(isChosen ? ['broken\n', 'mended\n'] : ['broken\n']);
    }
  });

  test('that is cancelled leaves the rest as it was, and one whose hook is deleted says so', async () => {
    const { id } = await createParked('many-runs', '#!/bin/sh\n', 'subtitle_downloaded', 40);
    await running.api.post(`/api/v1/hooks/${id}/enable`, {});
    const replay = async () =>
      (await running.api.post(`/api/v1/hooks/${id}/replay`, { rate_per_second: 1 })).body;

    const { id: first } = await replay();
    await running.waitForExecutions(id, 1);
    const cancelled = await running.api.call('POST', `/api/v1/jobs/${first}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled', hook_id: id } });
    expect(await countIn(id, 'parked')).toBeGreaterThan(30);

    const { id: second } = await replay();
    await running.waitForExecutions(id, 3);
    await running.api.delete(`/api/v1/hooks/${id}`);
    await expect
      .poll(() => jobOf(second), { timeout: 20_000 })
      .toMatchObject({ state: 'failed', reason: 'The hook was deleted.' });
  });
});

test('what does not exist is answered 404, and what is no field 422', async () => {
  const post = async (path: string, body: object = {}) => (await running.api.post(path, body)).status;
  expect(await post('/api/v1/webhooks/wh_none/enable')).toBe(404);
  expect(await post('/api/v1/webhooks/wh_none/replay')).toBe(404);
  expect(await post('/api/v1/hooks/hk_none/enable')).toBe(404);
  expect(await post('/api/v1/hooks/hk_none/replay')).toBe(404);
  expect(await post('/api/v1/deliveries/dlv_none/retry')).toBe(404);
  expect(await post('/api/v1/deliveries/dlv_mhz2kq2o.evt_1.wh_1/retry')).toBe(404);
  expect(await post('/api/v1/jobs/job_none/cancel')).toBe(404);
  expect((await running.api.get('/api/v1/jobs/job_01KA000000000000000000ABCD')).status).toBe(404);
  expect(await post('/api/v1/dead-letters/redrive', { queue: 'none' })).toBe(404);
  expect(await post('/api/v1/dead-letters/redrive', { queues: [] })).toBe(422);
  const { id } = await createWebhook('whisper_complete');
  expect(await post(`/api/v1/webhooks/${id}/enable`, { dry_run: true })).toBe(422);
  expect(await post(`/api/v1/webhooks/${id}/enable`, { replay: 'yes' })).toBe(422);
  expect(await post(`/api/v1/hooks/${id}/replay`)).toBe(404);
});

test('what our own fault kept in a dead-letter queue arrives after the cause is mended and the queue redriven', async () => {
  const { awsEndpoint, awsCredentials, resources } = running.stack;
  const dynamo = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: awsEndpoint, region: 'us-east-1', credentials: awsCredentials }),
  );
  const { path, id } = await createWebhook('standalone_scan_complete');
  const setTimeoutSeconds = (value: unknown) =>
    dynamo.send(
      new UpdateCommand({
        TableName: resources.tableNames['ConfigTable'],
        Key: { pk: 'default#webhook', sk: id },
        UpdateExpression: 'SET timeout_seconds = :value',
        ExpressionAttributeValues: { ':value': value },
      }),
    );
  const deadLetters = async () =>
    (await running.api.get('/api/v1/dead-letters')).body.queues.find(
      ({ name }: { name: string }) => name === fanOutDeadLetters,
    );

  // A row that no release can read: whoever fans out crashes on it.
  await setTimeoutSeconds('ten');
  await publish('standalone_scan_complete', ['poisoned']);
  const { Messages } = await running.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: resources.queueUrls[fanOutDeadLetters],
      VisibilityTimeout: 0,
      WaitTimeSeconds: 20,
    }),
  );
  expect(Messages).toHaveLength(1);
  expect(await deadLetters()).toEqual({ name: fanOutDeadLetters, messages: 1, redrive: null });

  await setTimeoutSeconds(10);
  const redriven = await running.api.post('/api/v1/dead-letters/redrive', { queue: fanOutDeadLetters });
  expect(redriven.status).toBe(202);
  expect(redriven.body.queues).toEqual([{ name: fanOutDeadLetters, messages: 1, outcome: 'started' }]);
  await running.receiver.waitFor(path, 1);
  expect(idsAt(path)).toEqual(['poisoned']);
  expect(await deadLetters()).toMatchObject({ messages: 0, redrive: { state: 'completed', moved: 1 } });
  const again = await running.api.call('POST', '/api/v1/dead-letters/redrive');
  const outcomes = again.body.queues.map(({ outcome }: { outcome: string }) => outcome);
  expect(new Set(outcomes)).toEqual(new Set(['empty']));
  expect(outcomes.length).toBeGreaterThan(5);
  dynamo.destroy();
}, 60_000);
