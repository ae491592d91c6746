import { afterAll, beforeAll, expect, test } from 'vitest';
import { viewerEvents } from '../../shared/progress.ts';
import { connectViewer } from '../support/connect-viewer.ts';
import type { LiveFrame, LiveViewer } from '../support/connect-viewer.ts';
import { createApiClient } from '../support/api-client.ts';
import { createApiKey } from '../support/create-api-key.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
let liveKey: string;
beforeAll(async () => {
  running = await startTestStack();
  liveKey = await createApiKey(running.stack, ['live']);
});
afterAll(() => running.stop());

const watch = (events?: string): Promise<LiveViewer> => connectViewer(running.stack.liveUrl, liveKey, events);
const progress = (event_name: string, data: unknown) =>
  running.api.post('/api/v1/progress', { event_name, data });
const withStep =
  (step: number) =>
  ({ data }: LiveFrame): boolean =>
    data?.['step'] === step;

test('every progress and operational event reaches every viewer within a second, whoever watches it', async () => {
  const all = await Promise.all([watch(), watch('*'), watch(viewerEvents.join(','))]);
  const other = await watch('batch_complete');
  for (const [step, name] of viewerEvents.entries()) {
    const sentMs = Date.now();
    const { status, body } = await progress(name, { job_id: 'every', step });
    expect(status).toBe(202);
    const frames = await Promise.all(all.map((viewer) => viewer.waitFor(withStep(step), 1)));
    expect(Date.now() - sentMs).toBeLessThan(1000);
    for (const [frame] of frames) {
      expect(frame).toMatchObject({ event: name, data: { job_id: 'every', step }, id: body.id });
    }
  }
  expect(other.frames).toEqual([]);
  await Promise.all([...all, other].map((viewer) => viewer.close()));
});

test('neither a webhook nor the ledger hears of progress', async () => {
  const webhook = await running.api.post('/api/v1/webhooks', {
    name: 'all',
    event_name: '*',
    url: running.receiver.url('/all'),
  });
  await progress('job_update', { job_id: 'quiet' });
  const { body } = await running.api.post('/api/v1/events', { event_name: 'batch_complete', data: {} });
  const requests = await running.receiver.waitFor('/all', 1);
  await running.waitForExecutions(webhook.body.id, 1);
  expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual([body.id]);
});

test('states of one job that come too fast are told ten times a second, and the last is always told', async () => {
  const viewer = await watch('job_update');
  const startMs = Date.now();
  const answers = [];
  for (let step = 0; step < 60; step++) {
    answers.push(progress('job_update', { job_id: 'fast', step }));
    if (step % 10 === 9) await answers[step];
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 202));
  const last = await progress('job_update', { job_id: 'fast', step: 60 });
  const frames = await viewer.waitFor(({ id }) => id === last.body.id, 1);
  expect(frames[0]?.data).toEqual({ job_id: 'fast', step: 60 });

  const slots = Math.ceil((Date.now() - startMs) / 100) + 1;
  expect(viewer.frames.length).toBeLessThanOrEqual(slots);
  expect(viewer.frames.at(-1)?.id).toBe(last.body.id);
  await viewer.close();
});

test('two jobs do not wait for each other', async () => {
  const viewer = await watch('job_update');
  await Promise.all([1, 2, 3, 4].map((step) => progress('job_update', { job_id: `job ${step}`, step })));
  const frames = await viewer.waitFor(({ data }) => data !== undefined, 4);
  expect(new Set(frames.map(({ data }) => data?.['step']))).toEqual(new Set([1, 2, 3, 4]));
  await viewer.close();
});

test('a catalog event is refused with the way it goes', async () => {
  const { status, body } = await progress('batch_complete', {});
  expect(status).toBe(422);
  expect(body.message).toContain('POST /api/v1/events');
});

test('a key without the scope publish may not send progress', async () => {
  const client = createApiClient(running.stack.apiUrl, liveKey);
  const { status } = await client.post('/api/v1/progress', { event_name: 'job_update', data: {} });
  expect(status).toBe(403);
});
