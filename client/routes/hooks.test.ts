import { describe, expect, test } from 'vitest';
import type { CallRoute } from '../call-route.ts';
import { SublarrEventsError } from '../client-error.ts';
import type { ApiRequest } from '../send-request.ts';
import { createHookRoutes } from './hooks.ts';

const queued = {
  delivery_id: 'dlv_1',
  event_id: 'evt_1',
  event_name: 'batch_complete',
  log: '/logs',
  message: 'The run has not ended yet',
};
const running = { id: 'dlv_1', state: 'running', success: null };
const ended = { id: 'dlv_1', state: 'delivered', success: true };
const refused = (code: string) => new SublarrEventsError({ code, message: code });

/** Hooks whose requests are answered in turn, the last answer again and again, and whose time passes in pauses only. */
function open(answers: readonly unknown[], tookMs = 0) {
  const requests: ApiRequest[] = [];
  const clock = { ms: 0 };
  const call: CallRoute = async <Answer>(request: ApiRequest): Promise<Answer> => {
    if (requests.length === 0) clock.ms += tookMs;
    const answer: unknown = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    if (answer instanceof Error) throw answer;
    // A server's answer is of the type that the caller says it has.
    return JSON.parse(JSON.stringify(answer));
  };
  const pause = async (ms: number): Promise<void> => {
    clock.ms += ms;
  };
  return { hooks: createHookRoutes({ call, pause, now: () => clock.ms }), requests, clock };
}

describe('the test of a hook', () => {
  test('is one request when the run ends within it', async () => {
    const { hooks, requests } = open([{ ...queued, run: ended }]);
    await expect(hooks.test('hk_1', { data: { total: 3 } })).resolves.toMatchObject({ run: ended });
    expect(requests).toEqual([
      { method: 'POST', path: '/api/v1/hooks/hk_1/test', json: { data: { total: 3 } } },
    ]);
  });

  test('that takes longer is asked for until it has ended', async () => {
    const { hooks, requests } = open([queued, refused('not_found'), running, ended], 25_000);
    const told: string[] = [];
    const tested = await hooks.test('hk_1', {}, { onWaiting: ({ delivery_id }) => told.push(delivery_id) });
    expect(tested.run).toEqual(ended);
    expect(tested).not.toHaveProperty('message');
    expect(told).toEqual(['dlv_1']);
    const asked = { method: 'GET', path: '/api/v1/deliveries/dlv_1' };
    expect(requests.slice(1)).toEqual([asked, asked, asked]);
  });

  test.each([
    [undefined, 60_000],
    [300_000, 300_000],
    [30_000, 30_000],
  ])('is given up after %s ms, without a run', async (waitMs, takesMs) => {
    const { hooks, clock } = open([queued, running], 25_000);
    await expect(hooks.test('hk_1', {}, { waitMs })).resolves.toEqual(queued);
    expect(clock.ms).toBeGreaterThan(takesMs - 1000);
    expect(clock.ms).toBeLessThanOrEqual(takesMs);
  });

  test.each([
    [0, { wait_seconds: 0 }, 0],
    [3000, { wait_seconds: 3 }, 3000],
    [24_999, { wait_seconds: 24 }, 24_999],
    [25_000, {}, 25_000],
  ])('with a wait of %i ms asks the server for no longer one', async (waitMs, json, tookMs) => {
    const { hooks, requests } = open([queued], tookMs);
    await expect(hooks.test('hk_1', {}, { waitMs })).resolves.toEqual(queued);
    expect(requests).toEqual([{ method: 'POST', path: '/api/v1/hooks/hk_1/test', json }]);
  });

  test('is not followed by a key that may not read', async () => {
    const { hooks, requests } = open([queued, refused('forbidden')], 25_000);
    await expect(hooks.test('hk_1')).resolves.toEqual(queued);
    expect(requests).toHaveLength(2);
  });

  test('tells of what else goes wrong', async () => {
    const { hooks } = open([queued, refused('unreachable')], 25_000);
    await expect(hooks.test('hk_1')).rejects.toMatchObject({ code: 'unreachable' });
  });
});
