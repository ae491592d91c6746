import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

const filter = { data: { score: [{ numeric: ['>', 100] }], provider_name: [{ 'anything-but': 'slow' }] } };

const publish = async (score: number, provider_name = 'fast') => {
  const data = { ...catalog.subtitle_downloaded.sample, score, provider_name };
  const { status, body } = await running.api.post('/api/v1/events', {
    event_name: 'subtitle_downloaded',
    data,
  });
  expect(status).toBe(202);
  return String(body.id);
};

const create = async (kind: 'webhooks' | 'hooks', fields: Record<string, unknown>) => {
  const { status, body } = await running.api.post(`/api/v1/${kind}`, {
    event_name: 'subtitle_downloaded',
    ...fields,
  });
  expect(status).toBe(201);
  return body;
};

const logsOf = async (kind: 'webhook_id' | 'hook_id', id: string) =>
  (await running.api.get(`/api/v1/hooks/logs?${kind}=${id}`)).body.logs;

describe('a webhook with a filter', () => {
  test('gets the events that fit, and the log tells why it did not get the others', async () => {
    const picky = await create('webhooks', { name: 'picky', url: running.receiver.url('/picky'), filter });
    expect(picky.filter).toEqual(filter);
    // What an event is not sent to is written down before it is sent to anybody: this one's deliveries say when.
    const greedy = await create('webhooks', { name: 'greedy', url: running.receiver.url('/greedy') });

    const low = await publish(50);
    const slow = await publish(200, 'slow');
    const fitting = await publish(200);
    await running.waitForExecutions(greedy.id, 3);
    await running.waitForExecutions(picky.id, 1);

    expect(running.receiver.received('/picky').map(({ headers }) => headers['webhook-id'])).toEqual([
      fitting,
    ]);
    const logs: Record<string, unknown>[] = await logsOf('webhook_id', picky.id);
    const stateOf = (id: string) => logs.find(({ event_id }) => event_id === id);
    expect(logs).toHaveLength(3);
    expect(stateOf(fitting)).toMatchObject({ state: 'delivered', success: true });
    expect(stateOf(low)).toMatchObject({
      state: 'filtered',
      reason: 'data.score is 50; accepted: {"numeric":[">",100]}',
      attempts: [],
    });
    expect(stateOf(slow)).toMatchObject({
      state: 'filtered',
      reason: 'data.provider_name is "slow"; accepted: {"anything-but":"slow"}',
    });

    const without = await running.api.put(`/api/v1/webhooks/${picky.id}`, { filter: null });
    expect(without.body.filter).toBeNull();
    const unfiltered = await publish(1);
    const executions = await running.waitForExecutions(picky.id, 2);
    expect(executions.map(({ event_id }) => event_id)).toEqual([fitting, unfiltered]);
  });

  test('that is no pattern is refused at its place', async () => {
    const { status, body } = await running.api.post('/api/v1/webhooks', {
      name: 'broken',
      event_name: '*',
      url: running.receiver.url('/broken'),
      filter: { data: { score: [{ numeric: ['above', 100] }] } },
    });
    expect(status).toBe(422);
    expect(body.details).toEqual([
      { field: 'filter.data.score[0].numeric[0]', message: 'numeric knows < <= = >= >, not "above"' },
    ]);
  });
});

test('a hook with a filter runs for the events that fit, and the log tells why not for the others', async () => {
  await running.api.put('/api/v1/scripts/nothing.sh', '#!/bin/sh\nexit 0\n');
  const picky = await create('hooks', { name: 'picky', script: 'nothing.sh', filter });
  const greedy = await create('hooks', { name: 'greedy', script: 'nothing.sh' });

  const low = await publish(50);
  const fitting = await publish(200);
  await running.waitForExecutions(greedy.id, 2);
  const executions = await running.waitForExecutions(picky.id, 1);

  expect(executions.map(({ event_id }) => event_id)).toEqual([fitting]);
  const logs: Record<string, unknown>[] = await logsOf('hook_id', picky.id);
  expect(logs.find(({ event_id }) => event_id === low)).toMatchObject({
    state: 'filtered',
    reason: 'data.score is 50; accepted: {"numeric":[">",100]}',
  });
});

describe('trying a filter', () => {
  const tryOn = async (given: Record<string, unknown>) =>
    (await running.api.post('/api/v1/filters/test', { filter, ...given })).body;

  test('says whether it lets an event through and, if not, where not', async () => {
    const event = { event_name: 'subtitle_downloaded', data: { score: 200, provider_name: 'fast' } };
    await expect(tryOn({ event })).resolves.toMatchObject({ matches: true, mismatches: [] });
    const data = { ...event.data, score: 50 };
    await expect(tryOn({ event: { ...event, data } })).resolves.toMatchObject({
      matches: false,
      mismatches: [{ field: 'data.score' }],
    });
  });

  test('works on what was published before', async () => {
    const watcher = await create('webhooks', { name: 'watcher', url: running.receiver.url('/watcher') });
    const id = await publish(50);
    await running.waitForExecutions(watcher.id, 1);
    await expect(tryOn({ event_id: id })).resolves.toMatchObject({
      matches: false,
      mismatches: [{ field: 'data.score' }],
      event: { id, data: { score: 50 } },
    });
  });
});
