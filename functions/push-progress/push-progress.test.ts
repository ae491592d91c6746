import { expect, test } from 'vitest';
import { aViewer } from '../../test/builders/a-viewer.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import type { Turn } from '../../shared/aws/progress-table.ts';
import { progressBytesMax } from '../../shared/limits.ts';
import { viewerEvents } from '../../shared/progress.ts';
import type { Pushed } from '../../shared/runtime/push-frames.ts';
import { createPushProgress } from './push-progress.ts';

const everything = aViewer({ connection_id: 'all=' });
const jobsAlone = aViewer({ connection_id: 'jobs=', events: ['job_update'] });

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

interface World {
  readonly end?: Pushed['end'];
  readonly turn?: Turn;
  readonly latest?: string;
}

async function push(body: unknown, { turn = { kind: 'tell' }, latest, end = 'done' }: World = {}) {
  const told: string[] = [];
  const cut: string[] = [];
  const offered: string[] = [];
  const pauses: number[] = [];
  const pushProgress = createPushProgress({
    listViewers: async (tenant) => [everything, jobsAlone].filter((viewer) => viewer.tenant === tenant),
    pushFrames: async ({ connection_id }, frames) => {
      told.push(...frames.map(({ text }) => `${connection_id} ${text}`));
      return { sent: [], end };
    },
    cutViewer: async ({ connection_id }) => void cut.push(connection_id),
    table: {
      offer: async (_tenant, stream) => {
        offered.push(stream);
        return turn;
      },
      take: async () => latest,
    },
    createId: () => 'prg_1',
    now: () => noonMs,
    pause: async (ms) => void pauses.push(ms),
  });
  const answer = (tenant = 'default') =>
    pushProgress({ tenant, body: JSON.stringify(body), remainingMs: () => 29_000 });
  return { answer, told, cut, offered, pauses };
}

test('a state is told to every viewer of the tenant who watches it', async () => {
  const world = await push({ event_name: 'batch_progress', data: { done: 3 } });
  expect(await world.answer()).toEqual({ status: 202, body: { id: 'prg_1' } });
  expect(world.told).toEqual([
    expect.stringMatching(/^all= {"event":"batch_progress","data":{"done":3},"id":"prg_1"/),
  ]);
});

test.each(viewerEvents)('%s is told', async (event_name) => {
  const world = await push({ event_name, data: {} });
  await world.answer();
  expect(world.told).toHaveLength(event_name === 'job_update' ? 2 : 1);
});

test('a state that comes too fast waits for its turn before the answer, and tells what is the latest then', async () => {
  const turn = { kind: 'wait', untilMs: noonMs + 70 } as const;
  const world = await push({ event_name: 'job_update', data: { job_id: 'a' } }, { turn, latest: 'latest' });
  expect(await world.answer()).toMatchObject({ status: 202 });
  expect(world.pauses).toEqual([70]);
  expect(world.told).toEqual(['all= latest', 'jobs= latest']);
});

test.each<[string, Turn]>([
  ['takes the place of another', { kind: 'left' }],
  ['was overtaken while it waited', { kind: 'wait', untilMs: noonMs }],
])('a state that %s is not told, and answered all the same', async (_what, turn) => {
  const world = await push({ event_name: 'job_update', data: {} }, { turn });
  expect(await world.answer()).toMatchObject({ status: 202 });
  expect(world.told).toEqual([]);
});

test.each<[Pushed['end'], readonly string[]]>([
  ['failed', ['all=', 'jobs=']],
  ['gone', []],
  ['opening', []],
])('viewers whose posts end as %s are cut off: %j', async (end, expected) => {
  const world = await push({ event_name: 'job_update', data: {} }, { end });
  expect(await world.answer()).toMatchObject({ status: 202 });
  expect(world.cut).toEqual(expected);
});

test('without a viewer a state goes nowhere', async () => {
  const world = await push({ event_name: 'job_update', data: {} });
  expect(await world.answer('nobody-watches')).toMatchObject({ status: 202 });
  expect(world.offered).toEqual([]);
});

test.each([
  [
    'a catalog event',
    { event_name: 'batch_complete', data: {} },
    422,
    /POST \/api\/v1\/events.*webhook_completed/,
  ],
  ['hook_executed', { event_name: 'hook_executed', data: {} }, 422, /job_update/],
  ['an unknown name', { event_name: 'nope', data: {} }, 422, /"nope" is no progress event/],
  ['no data', { event_name: 'job_update' }, 422, /data/],
  ['a field too many', { event_name: 'job_update', data: {}, id: 'x' }, 422, /id: is not a field/],
  ['a list', [{ event_name: 'job_update', data: {} }], 422, /object/],
  ['data nested without end', { event_name: 'job_update', data: nested(200) }, 422, /levels deep/],
  [
    'too much data',
    { event_name: 'job_update', data: { x: 'x'.repeat(progressBytesMax) } },
    413,
    /at most 31744/,
  ],
])('%s is refused', async (_what, body, status, message) => {
  const world = await push(body);
  await expect(world.answer()).rejects.toMatchObject({ status, message: expect.stringMatching(message) });
});
