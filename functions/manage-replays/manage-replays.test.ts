import { describe, expect, test } from 'vitest';
import { aDelivery } from '../../test/builders/a-delivery.ts';
import { aHook } from '../../test/builders/a-hook.ts';
import { aJob } from '../../test/builders/a-job.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memoryConfigRows } from '../../test/builders/memory-config-rows.ts';
import { memoryJobs } from '../../test/builders/memory-jobs.ts';
import type { KnownDelivery } from '../../shared/aws/read-deliveries.ts';
import { createFindEndpoint } from '../../shared/endpoint.ts';
import type { FindEndpoint } from '../../shared/endpoint.ts';
import type { Hook } from '../../shared/hook.ts';
import type { JobState } from '../../shared/job.ts';
import type { RowSearch } from '../../shared/replay.ts';
import { SendAnewError } from '../../shared/send-anew-error.ts';
import type { Sending } from '../../shared/send-anew.ts';
import { createStartReplay } from '../../shared/start-replay.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createManageJobs } from './manage-jobs.ts';
import { createReplayEndpoint } from './replay-endpoint.ts';
import { createRetryDelivery } from './retry-delivery.ts';

const delivery = aDelivery();
const aRun = aDelivery({ endpoint_id: 'hk_01', state: 'exhausted' });

/** Finds these and no others. */
async function finds(...endpoints: readonly (Webhook | Hook)[]): Promise<FindEndpoint> {
  const rows = memoryConfigRows<Webhook | Hook>();
  for (const endpoint of endpoints) await rows.put(endpoint.tenant, endpoint.id, endpoint);
  return createFindEndpoint({ webhook: rows, hook: rows });
}

describe('retrying one delivery', () => {
  async function retry(
    known: KnownDelivery,
    {
      endpoints = [aWebhook()],
      id = delivery.id,
      body,
      fault,
    }: { endpoints?: (Webhook | Hook)[]; id?: string; body?: string; fault?: Error } = {},
  ) {
    const sent: Sending[] = [];
    const answer = createRetryDelivery({
      findEndpoint: await finds(...endpoints),
      readDeliveries: async () => [known],
      sendAnew: async (endpoint, sendings) => {
        expect(endpoint).toEqual({ tenant: 'default', id: known.delivery?.endpoint_id });
        if (fault !== undefined) throw fault;
        sent.push(...sendings);
      },
      now: () => noonMs,
      log: collectLog(),
    })(anHttpRequest({ params: { id }, body }));
    return { sent, answer };
  }

  test.each(['delivered', 'retrying', 'exhausted', 'refused', 'parked', 'filtered'] as const)(
    'sends one that is %s in its next round',
    async (state) => {
      const before = { ...delivery, state, round: 4 };
      const { sent, answer } = await retry({ delivery: before, event: anEvent() });
      await expect(answer).resolves.toMatchObject({
        status: 202,
        body: { id: delivery.id, state: 'retrying', round: 5, webhook_id: 'wh_01' },
      });
      expect(sent).toEqual([{ delivery: before, event: anEvent(), round: 5, dueMs: noonMs }]);
    },
  );

  test('runs a script anew in its next round', async () => {
    const { sent, answer } = await retry({ delivery: aRun, event: anEvent() }, { endpoints: [aHook()] });
    await expect(answer).resolves.toMatchObject({
      status: 202,
      body: { state: 'retrying', round: 1, hook_id: 'hk_01' },
    });
    expect(sent).toHaveLength(1);
  });

  test.each([
    ['there is no such delivery', { delivery: undefined, event: undefined }, {}, 'not_found'],
    ['the id is none', { delivery, event: anEvent() }, { id: 'one' }, 'not_found'],
    ['its event is gone', { delivery, event: undefined }, {}, 'conflict'],
    ['it was a test', { delivery: { ...delivery, test: true }, event: undefined }, {}, 'conflict'],
    ['its webhook was deleted', { delivery, event: anEvent() }, { endpoints: [] }, 'conflict'],
    [
      'its webhook is disabled',
      { delivery, event: anEvent() },
      { endpoints: [aWebhook({ enabled: false })] },
      'conflict',
    ],
    ['its hook was deleted', { delivery: aRun, event: anEvent() }, {}, 'conflict'],
    [
      'its hook is disabled',
      { delivery: aRun, event: anEvent() },
      { endpoints: [aHook({ enabled: false })] },
      'conflict',
    ],
    ['there are fields', { delivery, event: anEvent() }, { body: '{"now": true}' }, 'unprocessable'],
  ])('sends nothing when %s', async (_why, known, request, code) => {
    const { sent, answer } = await retry(known, request);
    await expect(answer).rejects.toMatchObject({ code });
    expect(sent).toEqual([]);
  });

  test.each([
    ['queue', 'could not be queued'],
    ['wake', 'no worker could be started'],
  ] as const)('tells how far it came when the fault is of the %s', async (stage, text) => {
    const fault = new SendAnewError(stage, 'ours');
    const { answer } = await retry({ delivery: aRun, event: anEvent() }, { endpoints: [aHook()], fault });
    await expect(answer).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(text),
    });
  });
});

describe.each([
  ['webhook', aWebhook, 'hk_01'],
  ['hook', aHook, 'wh_01'],
] as const)('replaying a %s', (kind, anEndpoint, other) => {
  const { id } = anEndpoint();

  async function replay(body: object, endpoint: Webhook | Hook = anEndpoint(), named: string = id) {
    const searches: RowSearch[] = [];
    const steps: string[] = [];
    const answer = createReplayEndpoint({
      findEndpoint: await finds(endpoint),
      countRows: async (search) => {
        searches.push(search);
        return { count: 3, after: 'there' };
      },
      startReplay: createStartReplay({
        queueJob: async (_job, delaySeconds) => void steps.push(`queued ${delaySeconds}`),
        addJob: async () => void steps.push('added'),
        onUnwritten: () => steps.push('unwritten'),
        now: () => noonMs,
      }),
      now: () => noonMs,
    })(kind)(anHttpRequest({ params: { id: named }, body: JSON.stringify(body) }));
    return { searches, steps, answer };
  }

  test('queues a job and answers it', async () => {
    const { steps, answer } = await replay({ states: ['refused'], rate_per_second: 7 });
    const { status, body, headers } = await answer;
    expect(status).toBe(202);
    expect(body).toMatchObject({
      [`${kind}_id`]: id,
      state: 'queued',
      states: ['refused'],
      rate_per_second: 7,
      total: null,
    });
    expect(headers).toEqual({ location: expect.stringMatching(/^\/api\/v1\/jobs\/job_/) });
    // Who dies in between leaves a job that runs.
    expect(steps).toEqual(['queued 0', 'added']);
  });

  test('counts at most as long as the answer may take, and says whether that was all', async () => {
    const { searches, steps, answer } = await replay({ dry_run: true });
    await expect(answer).resolves.toEqual({
      status: 200,
      body: { dry_run: true, total: 3, complete: false },
    });
    expect(searches).toEqual([expect.objectContaining({ endpointId: id, deadlineMs: noonMs + 25_000 })]);
    expect(steps).toEqual([]);
  });

  test('that is disabled is refused with the way out, counted or not', async () => {
    for (const dry_run of [true, false]) {
      const { steps, answer } = await replay({ dry_run }, anEndpoint({ enabled: false }));
      await expect(answer).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(`/api/v1/${kind}s/${id}/enable`),
      });
      expect(steps).toEqual([]);
    }
  });

  test.each([other, 'none', ''])('is none of its kind by the id %j', async (named) => {
    const { steps, answer } = await replay({}, anEndpoint(), named);
    await expect(answer).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(`no ${kind} "${named}"`),
    });
    expect(steps).toEqual([]);
  });
});

describe('a job', () => {
  async function jobsWith(state: JobState) {
    const jobs = memoryJobs();
    const job = aJob({ state });
    await jobs.add(job);
    return { jobs, job, manage: createManageJobs({ jobs, now: () => noonMs }) };
  }

  test.each(['queued', 'running', 'cancelled'] as const)('that is %s can be cancelled', async (state) => {
    const { jobs, job, manage } = await jobsWith(state);
    const answer = await manage.cancel(anHttpRequest({ params: { id: job.id } }));
    expect(answer).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    await expect(jobs.get(job.tenant, job.id)).resolves.toMatchObject({ state: 'cancelled' });
  });

  test.each(['done', 'failed'] as const)('that is %s cannot be cancelled any more', async (state) => {
    const { job, manage } = await jobsWith(state);
    const answer = manage.cancel(anHttpRequest({ params: { id: job.id } }));
    await expect(answer).rejects.toMatchObject({ code: 'conflict' });
  });

  test('that begins while it is cancelled is cancelled', async () => {
    const { jobs, job } = await jobsWith('queued');
    let isFirst = true;
    const manage = createManageJobs({
      jobs: {
        ...jobs,
        update: async (...given) => {
          if (isFirst) await jobs.update(job.tenant, job.id, { state: 'running' });
          isFirst = false;
          return jobs.update(...given);
        },
      },
      now: () => noonMs,
    });
    await expect(manage.cancel(anHttpRequest({ params: { id: job.id } }))).resolves.toMatchObject({
      body: { state: 'cancelled' },
    });
  });

  test('of somebody else is not there', async () => {
    const { job, manage } = await jobsWith('queued');
    for (const params of [{ id: job.id }, { id: 'job_none' }, {}]) {
      const answer = manage.get(anHttpRequest({ tenant: 'somebody', params }));
      await expect(answer).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});
