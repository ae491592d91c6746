import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import { answerStatus } from '../support/receiver.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

const data = catalog.subtitle_downloaded.sample;
let nextPath = 0;

/** Each test has a path of its own at the receiver and an event that no other test's webhook subscribes to. */
async function createWebhook(fields: Record<string, unknown> = {}) {
  const path = `/hook-${nextPath++}`;
  const { status, body } = await running.api.post('/api/v1/webhooks', {
    name: path,
    event_name: 'subtitle_downloaded',
    url: running.receiver.url(path),
    ...fields,
  });
  expect(status).toBe(201);
  return { path, webhook: body };
}

const publish = (event_name: string, payload: unknown) =>
  running.api.post('/api/v1/events', { event_name, data: payload });

const logsOf = async (webhookId: string) =>
  (await running.api.get(`/api/v1/hooks/logs?webhook_id=${webhookId}`)).body.logs;

describe('a webhook', () => {
  test('gets a published event once, signed both ways, and the log tells of it', async () => {
    const { path, webhook } = await createWebhook();

    const published = await publish('subtitle_downloaded', data);
    expect(published.status).toBe(202);

    const [request] = await running.receiver.waitFor(path, 1);
    expect(request?.headers).toMatchObject({
      'x-sublarr-event': 'subtitle_downloaded',
      'content-type': 'application/json',
      'webhook-id': published.body.id,
    });
    expect(() =>
      new Webhook(webhook.secret).verify(request?.body ?? '', request?.headers as Record<string, string>),
    ).not.toThrow();
    const hmac = createHmac('sha256', webhook.secret)
      .update(request?.body ?? '')
      .digest('hex');
    expect(request?.headers['x-sublarr-signature']).toBe(`sha256=${hmac}`);
    const body = JSON.parse(request?.body ?? '');
    expect(Object.keys(body)).toEqual(['event_name', 'version', 'timestamp', 'data']);
    expect(body).toMatchObject({ event_name: 'subtitle_downloaded', version: 1, data });

    await running.waitForExecutions(webhook.id, 1);
    const logs = await logsOf(webhook.id);
    expect(logs).toHaveLength(1);
    expect(logs[0]).toMatchObject({
      webhook_id: webhook.id,
      hook_id: null,
      event_id: published.body.id,
      event_name: 'subtitle_downloaded',
      state: 'delivered',
      success: true,
      status: 200,
      attempts: [{ status: 200, response_body: 'status 200' }],
    });
    const counted = await running.api.get(`/api/v1/webhooks/${webhook.id}`);
    expect(counted.body).toMatchObject({
      trigger_count: 1,
      consecutive_failures: 0,
      last_status_code: 200,
      last_error: null,
    });
    expect(running.receiver.received(path)).toHaveLength(1);
  });

  test('is tried again after a 500, with the same webhook-id and a new timestamp', async () => {
    const { path, webhook } = await createWebhook({ event_name: 'translation_complete' });
    running.receiver.answer(path, (request, response, count) =>
      answerStatus(count === 1 ? 500 : 200)(request, response, count),
    );

    const published = await publish('translation_complete', catalog.translation_complete.sample);
    const [first, second] = await running.receiver.waitFor(path, 2);

    expect(second?.headers['webhook-id']).toBe(published.body.id);
    expect(first?.headers['webhook-id']).toBe(published.body.id);
    expect(second?.body).toBe(first?.body);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(
      Number(first?.headers['webhook-timestamp']),
    );
    await running.waitForExecutions(webhook.id, 1);
    const [row] = await logsOf(webhook.id);
    expect(row).toMatchObject({ state: 'delivered', success: true });
    expect(row.attempts.map(({ status }: { status: number }) => status)).toEqual([500, 200]);
  });

  test('that always fails is retried as often as it asks for, then counted as one failed delivery', async () => {
    const { path, webhook } = await createWebhook({ event_name: 'translation_failed', retry_count: 1 });
    running.receiver.answer(path, answerStatus(503));

    await publish('translation_failed', catalog.translation_failed.sample);
    const [execution] = await running.waitForExecutions(webhook.id, 1);

    expect(execution).toMatchObject({ success: false, state: 'exhausted', hook_type: 'webhook' });
    expect(running.receiver.received(path)).toHaveLength(2);
    const [row] = await logsOf(webhook.id);
    expect(row).toMatchObject({ state: 'exhausted', success: false, status: 503, error: 'HTTP 503' });
    expect(row.attempts).toHaveLength(2);
    const { body } = await running.api.get(`/api/v1/webhooks/${webhook.id}`);
    expect(body).toMatchObject({ consecutive_failures: 1, last_status_code: 503, last_error: 'HTTP 503' });
  });

  test.each([
    [404, 'HTTP 404'],
    [302, "HTTP 302: redirects are not followed; set the webhook's url to the final address"],
  ])('that answers %i is not asked again', async (status, error) => {
    const { path, webhook } = await createWebhook({ event_name: 'provider_failed' });
    const elsewhere = running.receiver.url('/never');
    running.receiver.answer(path, answerStatus(status, { location: elsewhere }));

    await publish('provider_failed', catalog.provider_failed.sample);
    await running.waitForExecutions(webhook.id, 1);

    expect(running.receiver.received(path)).toHaveLength(1);
    expect(running.receiver.received('/never')).toHaveLength(0);
    expect((await logsOf(webhook.id))[0]).toMatchObject({ state: 'refused', error });
    await running.api.delete(`/api/v1/webhooks/${webhook.id}`);
  });

  test('waits as long as Retry-After asks', async () => {
    const { path, webhook } = await createWebhook({ event_name: 'whisper_failed', retry_count: 1 });
    running.receiver.answer(path, (request, response, count) =>
      answerStatus(count === 1 ? 429 : 200, { 'retry-after': '4' })(request, response, count),
    );

    await publish('whisper_failed', catalog.whisper_failed.sample);
    const [first, second] = await running.receiver.waitFor(path, 2);
    const seconds = (request: typeof first) => Number(request?.headers['webhook-timestamp']);
    expect(seconds(second) - seconds(first)).toBeGreaterThanOrEqual(4);
    await running.waitForExecutions(webhook.id, 1);
  });

  test('is disabled after ten failed deliveries in a row, keeps what came meanwhile, and is enabled again', async () => {
    const { path, webhook } = await createWebhook({ event_name: 'batch_complete', retry_count: 0 });
    const witness = await createWebhook({ event_name: 'batch_complete' });
    running.receiver.answer(path, answerStatus(500));
    const sample = catalog.batch_complete.sample;

    await running.api.post(
      '/api/v1/events',
      Array.from({ length: 10 }, () => ({ event_name: 'batch_complete', data: sample })),
    );
    await running.waitForExecutions(webhook.id, 10);
    const disabled = await running.api.get(`/api/v1/webhooks/${webhook.id}`);
    expect(disabled.body).toMatchObject({ enabled: false, consecutive_failures: 10 });
    expect(disabled.body.disabled_reason).toContain('10 consecutive failed deliveries');

    const parked = await publish('batch_complete', sample);
    // The parked row is written before any delivery of the event is queued.
    await running.receiver.waitFor(witness.path, 11);
    expect(running.receiver.received(path)).toHaveLength(10);
    const [row] = await logsOf(webhook.id);
    expect(row).toMatchObject({
      event_id: parked.body.id,
      state: 'parked',
      error: 'the webhook is disabled',
    });

    running.receiver.answer(path, answerStatus(200));
    const enabled = await running.api.put(`/api/v1/webhooks/${webhook.id}`, { enabled: true });
    expect(enabled.body).toMatchObject({ enabled: true, consecutive_failures: 0, disabled_reason: null });
    await publish('batch_complete', sample);
    await running.receiver.waitFor(path, 11);
  });

  test('subscribed to * gets every event but hook_executed, which triggers nothing', async () => {
    const { path, webhook } = await createWebhook({ event_name: '*' });

    await publish('config_updated', catalog.config_updated.sample);
    await running.waitForExecutions(webhook.id, 1);
    // The hook_executed of that delivery is on the bus by now; this event follows it on the same path.
    await publish('upgrade_complete', catalog.upgrade_complete.sample);
    await running.waitForExecutions(webhook.id, 2);

    expect(running.receiver.received(path).map(({ headers }) => headers['x-sublarr-event'])).toEqual([
      'config_updated',
      'upgrade_complete',
    ]);
    await running.api.delete(`/api/v1/webhooks/${webhook.id}`);
  });

  test('test sends the sample now, answers what the receiver said, and is logged without being counted', async () => {
    const { path, webhook } = await createWebhook({ event_name: 'whisper_complete' });
    running.receiver.answer(path, answerStatus(418));

    const { status, body } = await running.api.post(`/api/v1/webhooks/${webhook.id}/test`, {});

    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: false,
      status: 418,
      response_body: 'status 418',
      error: 'HTTP 418',
    });
    expect(body.duration_ms).toBeGreaterThanOrEqual(0);
    const [request] = running.receiver.received(path);
    expect(JSON.parse(request?.body ?? '').data).toEqual(catalog.whisper_complete.sample);
    expect((await logsOf(webhook.id))[0]).toMatchObject({ test: true, success: false, status: 418 });
    const counted = await running.api.get(`/api/v1/webhooks/${webhook.id}`);
    expect(counted.body).toMatchObject({ trigger_count: 0, consecutive_failures: 0 });
  });

  test('shows its secret once, and keeps it when the mask is sent back', async () => {
    const { path, webhook } = await createWebhook({ event_name: 'standalone_scan_complete' });
    expect(webhook.secret).toMatch(/^whsec_/);

    const read = await running.api.get(`/api/v1/webhooks/${webhook.id}`);
    expect(read.body.secret).toBe('********');
    expect(read.text).not.toContain(webhook.secret);
    const updated = await running.api.put(`/api/v1/webhooks/${webhook.id}`, {
      ...read.body,
      name: 'renamed',
    });
    expect(updated.body).toMatchObject({ name: 'renamed', secret: '********' });

    await publish('standalone_scan_complete', catalog.standalone_scan_complete.sample);
    const [request] = await running.receiver.waitFor(path, 1);
    expect(() =>
      new Webhook(webhook.secret).verify(request?.body ?? '', request?.headers as Record<string, string>),
    ).not.toThrow();
  });

  test('created before an event is published gets it, however soon after another event', async () => {
    const first = await createWebhook({ event_name: 'standalone_file_detected' });
    const sample = catalog.standalone_file_detected.sample;
    await publish('standalone_file_detected', sample);
    await running.receiver.waitFor(first.path, 1);

    const second = await createWebhook({ event_name: 'standalone_file_detected' });
    await publish('standalone_file_detected', sample);
    const [request] = await running.receiver.waitFor(second.path, 1);
    expect(request?.headers['x-sublarr-event']).toBe('standalone_file_detected');
  });
});

test('a batch of events answers an id for each that was taken and an error for each that was not', async () => {
  const { status, body } = await running.api.post('/api/v1/events', [
    { event_name: 'wanted_scan_complete', data: catalog.wanted_scan_complete.sample, id: 'scan-1' },
    { event_name: 'no_such_event', data: {} },
    { event_name: 'wanted_scan_complete', data: { total_items: 'many' } },
  ]);
  expect(status).toBe(202);
  expect(body).toMatchObject({ ids: ['scan-1', null, null], accepted: 1, failed: 2 });
  expect(body.errors).toMatchObject([
    { index: 1, status: 422, code: 'unprocessable' },
    { index: 2, status: 422, details: [{ field: 'data.total_items' }] },
  ]);
});

test('the log is paged newest first without loss or repeat', async () => {
  const all = (await running.api.get('/api/v1/hooks/logs?limit=200')).body.logs;
  const paged: unknown[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await running.api.get(`/api/v1/hooks/logs?limit=3${page}`);
    paged.push(...body.logs);
    cursor = body.next_cursor;
  }
  expect(paged).toEqual(all);
  const times = all.map((row: { event_timestamp: string }) => row.event_timestamp);
  expect(times).toEqual(times.toSorted().toReversed());
});
