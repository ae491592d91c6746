import { expect, test } from 'vitest';
import { aReceived } from '../../test/builders/a-received.ts';
import { aViewer } from '../../test/builders/a-viewer.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { PostOutcome } from '../../shared/live-post.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { createViewer } from '../../shared/live-viewer.ts';
import type { Viewer } from '../../shared/live-viewer.ts';
import { createPushFrames } from '../../shared/runtime/push-frames.ts';
import { createPushLive } from './push-live.ts';
import { createTellViewer } from './tell-viewer.ts';

type Post = (connectionId: string, event: string) => PostOutcome | Promise<PostOutcome>;

interface World {
  readonly viewers: readonly Viewer[];
  readonly post?: Post;
  readonly remove?: () => Promise<void>;
  readonly listViewers?: (tenant: string) => Promise<readonly Viewer[]>;
  readonly remainingMs?: () => number;
}

/** Pushes events, each in a message called after it, and tells what came of it. */
async function push(events: readonly CatalogEvent[], world: World) {
  const log = collectLog();
  const posts: string[] = [];
  const removed: string[] = [];
  const cut: string[] = [];
  const listed: string[] = [];
  const pushLive = createPushLive({
    listViewers: async (tenant) => {
      listed.push(tenant);
      return world.listViewers?.(tenant) ?? world.viewers.filter((viewer) => viewer.tenant === tenant);
    },
    tellViewer: createTellViewer({
      claims: { claim: async (_viewer, ids) => new Set(ids), release: async () => undefined },
      pushFrames: createPushFrames({
        post: async (connectionId, text) => {
          const { id } = JSON.parse(text) as { id: string };
          posts.push(`${connectionId} ${id}`);
          return world.post?.(connectionId, id) ?? { kind: 'sent' };
        },
        removeViewer: async ({ connection_id }) => {
          removed.push(connection_id);
          await world.remove?.();
        },
        now: () => noonMs,
        log,
      }),
      cutViewer: async ({ connection_id }) => void cut.push(connection_id),
    }),
    replayMissed: async () => undefined,
    log,
  });
  const failed = await pushLive(
    events.map((body) => aReceived(body, { messageId: `message of ${body.id}` })),
    { getRemainingTimeInMillis: world.remainingMs ?? (() => 30_000) },
  );
  return { failed, posts, removed, cut, listed, log };
}

const one = anEvent({ id: 'evt_1' });
const two = anEvent({ id: 'evt_2', event_name: 'hook_executed' });
const [ann, bob, cem] = ['ann', 'bob', 'cem'].map((connection_id) => aViewer({ connection_id })) as [
  Viewer,
  Viewer,
  Viewer,
];
const outage = new Error('no route to host');

test('every viewer of the tenant gets every event, in order, and the viewers are read once', async () => {
  const { failed, posts, listed } = await push([one, two], { viewers: [ann, bob] });
  expect(posts.filter((post) => post.startsWith('ann'))).toEqual(['ann evt_1', 'ann evt_2']);
  expect(posts.filter((post) => post.startsWith('bob'))).toEqual(['bob evt_1', 'bob evt_2']);
  expect(listed).toEqual(['default']);
  expect(failed).toEqual([]);
});

test('a viewer gets only what they watch', async () => {
  const watcher = aViewer({ connection_id: 'dee', events: ['hook_executed'] });
  const { posts, log } = await push([one, two], { viewers: [watcher] });
  expect(posts).toEqual(['dee evt_2']);
  expect(log.lines).toMatchObject([
    { event_id: 'evt_1', count: 0, failed: 0 },
    { event_id: 'evt_2', count: 1, failed: 0 },
  ]);
});

test('no tenant sees the events of another', async () => {
  const foreign = anEvent({ id: 'evt_3', tenant: 'other' });
  const viewers = [ann, aViewer({ tenant: 'other', connection_id: 'eve' })];
  const { posts, listed } = await push([one, foreign], { viewers });
  expect(posts.sort()).toEqual(['ann evt_1', 'eve evt_3']);
  expect(listed).toEqual(['default', 'other']);
});

test('a viewer who is gone is forgotten and sent nothing more; the others get everything', async () => {
  const { failed, posts, removed } = await push([one, two], {
    viewers: [ann, bob, cem],
    post: (id) => ({ kind: id === 'bob' ? 'gone' : 'sent' }),
  });
  expect(removed).toEqual(['bob']);
  expect(posts.filter((post) => post.startsWith('bob'))).toEqual(['bob evt_1']);
  expect(posts).toHaveLength(5);
  expect(failed).toEqual([]);
});

test('a connection that seems gone a moment after it was noted is still opening, and kept', async () => {
  const opening = createViewer({ tenant: 'default', connection_id: 'new', events: ['*'] }, noonMs - 5_000);
  const { removed } = await push([one], { viewers: [opening], post: () => ({ kind: 'gone' }) });
  expect(removed).toEqual([]);
});

test('a row that cannot be removed is a warning and no failure', async () => {
  const { failed, log } = await push([one], {
    viewers: [ann],
    post: () => ({ kind: 'gone' }),
    remove: () => Promise.reject(outage),
  });
  expect(failed).toEqual([]);
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', error: outage }));
});

test('a viewer who cannot be reached is cut off, so that it comes back for what it missed; the others get everything, once', async () => {
  const { failed, posts, cut, log } = await push([one, two], {
    viewers: [ann, bob],
    post: (id, event) =>
      id === 'bob' && event === 'evt_1' ? { kind: 'failed', error: outage } : { kind: 'sent' },
  });
  expect(failed).toEqual([]);
  expect(cut).toEqual(['bob']);
  expect(posts.sort()).toEqual(['ann evt_1', 'ann evt_2', 'bob evt_1']);
  expect(log.lines).toMatchObject([
    { level: 'warn', connection_id: 'bob', failed: 2, error: outage },
    { event_id: 'evt_1', count: 1, failed: 1 },
    { event_id: 'evt_2', count: 1, failed: 1 },
  ]);
});

test('only the messages of a tenant whose viewers cannot be read come back', async () => {
  const foreign = anEvent({ id: 'evt_3', tenant: 'other' });
  const { failed, posts } = await push([one, foreign, two], {
    viewers: [],
    listViewers: (tenant) => (tenant === 'other' ? Promise.resolve([ann]) : Promise.reject(outage)),
  });
  expect(failed).toEqual(['message of evt_1', 'message of evt_2']);
  expect(posts).toEqual(['ann evt_3']);
});

test('a large event reaches viewers as a reference', async () => {
  const large = anEvent({ id: 'evt_4', data: { note: 'x'.repeat(130 * 1024) } });
  const { posts, failed } = await push([large], { viewers: [ann] });
  expect(posts).toEqual(['ann evt_4']);
  expect(failed).toEqual([]);
});

test('posts of many viewers run side by side, but not all at once', async () => {
  const viewers = Array.from({ length: 200 }, (_, index) => aViewer({ connection_id: `v${index}` }));
  let open = 0;
  let peak = 0;
  await push([one], {
    viewers,
    post: async () => {
      open++;
      peak = Math.max(peak, open);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      open--;
      return { kind: 'sent' };
    },
  });
  expect(peak).toBe(50);
});

test('when the time is nearly over no post is begun: a batch that times out would be sent twice', async () => {
  let remaining = 10_001;
  const { failed, posts, log } = await push([one, two], {
    viewers: [ann],
    remainingMs: () => remaining,
    post: () => {
      remaining = 9_000;
      return { kind: 'sent' };
    },
  });
  expect(posts).toEqual(['ann evt_1']);
  expect(failed).toEqual([]);
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', failed: 1 }));
});
