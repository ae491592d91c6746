import { expect, test } from 'vitest';
import { anEvent, noon, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { renderLiveCursor } from '../../shared/live-cursor.ts';
import { replayStepSchema } from '../../shared/live-replay.ts';
import type { ReplayStep } from '../../shared/live-replay.ts';
import { createViewer } from '../../shared/live-viewer.ts';
import { createReplayMissed } from './replay-missed.ts';

interface World {
  readonly events?: readonly CatalogEvent[];
  readonly readTo?: string;
  readonly newest?: string;
  readonly sinceMs?: number;
  /** Of the event that is known; none at a beginning. */
  readonly sinceId?: string;
  readonly step?: Partial<Pick<ReplayStep, 'pass' | 'after'>>;
  readonly told?: { readonly left: number; readonly isGone: boolean };
  readonly isConnected?: boolean;
  readonly nowMs?: number;
}

async function replay(world: World) {
  const since = renderLiveCursor({
    timestamp: new Date(world.sinceMs ?? noonMs - 60_000).toISOString(),
    id: world.sinceId ?? 'evt_known',
  });
  const viewer = createViewer({ tenant: 'default', connection_id: 'c', events: ['*'], since }, noonMs);
  const frames: string[] = [];
  const ranges: unknown[] = [];
  const queued: [Partial<ReplayStep>, number][] = [];
  const cut: string[] = [];
  const log = collectLog();
  const replayMissed = createReplayMissed({
    isConnected: async () => world.isConnected ?? true,
    history: {
      findNewest: async () => world.newest,
      readOn: async (_tenant, range) => {
        ranges.push(range);
        return { events: world.events ?? [], readTo: world.readTo };
      },
    },
    tellViewer: async (_viewer, given) => {
      frames.push(...given.map(({ text }) => text));
      return { sent: [], left: 0, isGone: false, ...world.told };
    },
    cutViewer: async ({ connection_id }) => void cut.push(connection_id),
    queueStep: async ({ pass, after }, seconds) => void queued.push([{ pass, after }, seconds]),
    now: () => world.nowMs ?? noonMs,
    log,
  });
  await replayMissed(replayStepSchema.parse({ replay: viewer, pass: 0, ...world.step }), () => true);
  const names = frames.map((frame) => (JSON.parse(frame) as { event: string }).event);
  return { names, frames, ranges, queued, cut, log, since };
}

test('the first pass tells what was missed, and then that this was all', async () => {
  const { names, ranges, queued } = await replay({ events: [anEvent(), anEvent({ id: 'evt_known' })] });
  expect(names).toEqual(['subtitle_downloaded', 'caught_up']);
  // Five seconds before the cursor: rows come out of order.
  expect(ranges).toEqual([
    { from: '2026-11-22T11:58:55.000Z', after: undefined, until: '2026-11-22T12:00:30.000Z' },
  ]);
  expect(queued).toEqual([[{ pass: 1 }, 1]]);
});

test('a viewer is told when more happened than is told again', async () => {
  const { names, frames, ranges, since } = await replay({ newest: `${noon}#evt_5`, events: [anEvent()] });
  expect(names).toEqual(['missed', 'subtitle_downloaded', 'caught_up']);
  expect(JSON.parse(frames[0] ?? '')).toMatchObject({ since, limit: 1000 });
  expect(ranges).toMatchObject([{ from: `${noon}#evt_5` }]);
});

test('so is one who was away for longer than events are kept', async () => {
  const { names } = await replay({ sinceMs: noonMs - 31 * 24 * 3600 * 1000 });
  expect(names).toEqual(['missed', 'caught_up']);
});

test('where more is left to read, the next step goes on at once', async () => {
  const { names, queued } = await replay({ events: [anEvent()], readTo: 'key' });
  expect(names).toEqual(['subtitle_downloaded']);
  expect(queued).toEqual([[{ pass: 0, after: 'key' }, 0]]);
});

test('later passes look for rows that came late, and tell nothing else', async () => {
  const { names, ranges, queued } = await replay({ step: { pass: 3 }, nowMs: noonMs + 8_000 });
  expect(names).toEqual([]);
  expect(ranges).toMatchObject([{ from: '2026-11-22T11:59:30.000Z' }]);
  expect(queued).toEqual([[{ pass: 4 }, 8]]);
});

test.each([
  ['the last pass began after the seam', { step: { pass: 5 }, nowMs: noonMs + 35_000 }],
  ['the viewer has left', { isConnected: false }],
  ['the viewer is found gone', { told: { left: 1, isGone: true } }],
  ['frames are not taken for too long', { told: { left: 1, isGone: false }, nowMs: noonMs + 600_000 }],
])('a replay ends when %s', async (_why, world) => {
  expect((await replay(world)).queued).toEqual([]);
});

test('a viewer who did not take all of it in ten minutes is cut off, and not left with a gap', async () => {
  const told = { left: 1, isGone: false };
  expect((await replay({ told, nowMs: noonMs + 599_999 })).cut).toEqual([]);
  expect((await replay({ told, nowMs: noonMs + 600_000 })).cut).toEqual(['c']);
});

test('who comes back to a beginning is told of nothing that happened before it', async () => {
  const { ranges } = await replay({ sinceId: '', sinceMs: noonMs - 60_000 });
  expect(ranges).toMatchObject([{ from: '2026-11-22T11:59:00.000Z' }]);
});

test('what was not taken, as by a connection that is still opening, is tried again in a second', async () => {
  const world = { told: { left: 2, isGone: false }, step: { after: 'key' }, readTo: 'later' };
  expect((await replay(world)).queued).toEqual([[{ pass: 0, after: 'key' }, 1]]);
});
