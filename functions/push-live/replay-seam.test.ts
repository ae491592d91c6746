import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { aReceived } from '../../test/builders/a-received.ts';
import { anEvent, noonMs } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memoryClaims } from '../../test/builders/memory-claims.ts';
import type { LiveHistory } from '../../shared/aws/live-history.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { renderLiveCursor } from '../../shared/live-cursor.ts';
import type { PostOutcome } from '../../shared/live-post.ts';
import { replayStepSchema } from '../../shared/live-replay.ts';
import { createViewer } from '../../shared/live-viewer.ts';
import { createPushFrames } from '../../shared/runtime/push-frames.ts';
import type { LiveMessage } from './live-message.ts';
import { createPushLive } from './push-live.ts';
import { createReplayMissed } from './replay-missed.ts';
import { createTellViewer } from './tell-viewer.ts';

/** An event and what becomes of it, in milliseconds after noon, when the viewer comes back. */
interface Fate {
  readonly publishedAt: number;
  /** After it was published. */
  readonly rowAfter: number;
  /** When the live stream takes it; undefined when the tenant did not count as watched. */
  readonly pushedAfter: number | undefined;
  readonly isWatched: boolean;
}

interface World {
  readonly fates: readonly Fate[];
  /** When the connection opens; posts before that find it gone. */
  readonly opensAt: number;
  /** Whether the n-th post fails, in turn. */
  readonly fails: readonly boolean[];
  /** The messages that the queue delivers twice. */
  readonly twice: readonly number[];
}

const sinceMs = noonMs - 60_000;
const sinceId = 'evt_since';

/** Plays a viewer's return in simulated time, and answers the ids that it was told of. */
async function play({ fates, opensAt, fails, twice }: World): Promise<string[]> {
  let nowMs = noonMs;
  const since = renderLiveCursor({ timestamp: new Date(sinceMs).toISOString(), id: sinceId });
  const viewer = createViewer(
    { tenant: 'default', connection_id: 'c', events: ['batch_complete'], since },
    noonMs,
  );
  const events = fates.map((fate, index) => ({
    ...fate,
    event: anEvent({
      id: `evt_${index}`,
      event_name: fate.isWatched ? 'batch_complete' : 'config_updated',
      timestamp: new Date(noonMs + fate.publishedAt).toISOString(),
    }),
  }));
  const keyOf = ({ timestamp, id }: CatalogEvent) => `${timestamp}#${id}`;
  const history: LiveHistory = {
    findNewest: async () => undefined,
    readOn: async (_tenant, { from, after, until }) => {
      const rows = events
        .filter(({ publishedAt, rowAfter }) => noonMs + publishedAt + rowAfter <= nowMs)
        .map(({ event }) => event)
        .filter((event) => keyOf(event) > (after ?? from) && keyOf(event) < until)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const page = rows.slice(0, 3);
      const last = page.at(-1);
      return { events: page, readTo: rows.length > 3 && last ? keyOf(last) : undefined };
    },
  };
  const frames: string[] = [];
  let posts = 0;
  const log = collectLog();
  const now = () => nowMs;
  // What it is told of after it was cut off would be another connection's.
  const cutViewer = async (): Promise<void> => {
    throw new Error('cut off');
  };
  const tellViewer = createTellViewer({
    claims: memoryClaims(),
    pushFrames: createPushFrames({
      post: async (_connectionId, text): Promise<PostOutcome> => {
        if (nowMs < noonMs + opensAt) return { kind: 'gone' };
        if (fails[posts++] === true) return { kind: 'failed', error: new Error('busy') };
        frames.push(text);
        return { kind: 'sent' };
      },
      removeViewer: async () => undefined,
      now,
      log,
    }),
    cutViewer,
  });
  const queue: { readonly at: number; readonly body: LiveMessage }[] = [];
  const handle = createPushLive({
    listViewers: async () => (nowMs >= noonMs ? [viewer] : []),
    tellViewer,
    replayMissed: createReplayMissed({
      isConnected: async () => true,
      history,
      tellViewer,
      cutViewer,
      queueStep: async (step, delaySeconds) => {
        // As it travels.
        const body = replayStepSchema.parse(JSON.parse(JSON.stringify(step)));
        queue.push({ at: nowMs + delaySeconds * 1000 + 1, body });
      },
      now,
      log,
    }),
    log,
  });
  queue.push({ at: noonMs + 1, body: replayStepSchema.parse({ replay: viewer, pass: 0 }) });
  for (const { event, publishedAt, pushedAfter } of events) {
    if (pushedAfter !== undefined) queue.push({ at: noonMs + publishedAt + pushedAfter, body: event });
  }
  for (let count = 1; queue.length > 0; count++) {
    queue.sort((a, b) => a.at - b.at);
    const [message] = queue.splice(0, 1);
    if (message === undefined) break;
    nowMs = Math.max(nowMs, message.at);
    if (message.at < noonMs) nowMs = message.at;
    const times = 'replay' in message.body && twice.includes(count) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      await handle([aReceived(message.body)], { getRemainingTimeInMillis: () => 30_000 });
    }
    if (count > 2000) throw new Error('never ends');
  }
  return frames.map((frame) => (JSON.parse(frame) as { id?: string }).id ?? 'meta');
}

const aFate = fc.record({
  publishedAt: fc.integer({ min: -60_000, max: 40_000 }),
  rowAfter: fc.integer({ min: 1, max: 4_000 }),
  pushedAfter: fc.integer({ min: 1, max: 20_000 }),
  isWatched: fc.boolean(),
});
/** Who publishes counts a tenant as watched from the moment that the viewer is noted. */
const isSeen = ({ publishedAt }: { publishedAt: number }) => publishedAt >= 0;

test('who comes back is told of every event it watches since its cursor, each exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aFate, { maxLength: 12 }),
      fc.integer({ min: 1, max: 28_000 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 }),
      async (given, opensAt, twice) => {
        const fates = given.map((fate) => ({
          ...fate,
          pushedAfter: isSeen(fate) ? fate.pushedAfter : undefined,
        }));
        const told = await play({ fates, opensAt, fails: [], twice });
        const expected = fates.flatMap(({ isWatched }, index) => (isWatched ? `evt_${index}` : []));
        expect(told.filter((id) => id !== 'meta').sort()).toEqual(expected.sort());
        expect(told.filter((id) => id === 'meta')).toHaveLength(1);
      },
    ),
    { numRuns: 300 },
  );
});

test('what the live stream takes late, of before the viewer came, is told once as well', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aFate, { maxLength: 12 }), async (given) => {
      const fates = given.map((fate) => ({ ...fate, isWatched: true }));
      const told = await play({ fates, opensAt: 1, fails: [], twice: [1, 4] });
      expect(told.filter((id) => id !== 'meta').sort()).toEqual(
        fates.map((_, index) => `evt_${index}`).sort(),
      );
    }),
    { numRuns: 300 },
  );
});

test('a post that fails is made up for by the replay, and nothing is told twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aFate, { maxLength: 8 }),
      fc.array(fc.boolean(), { maxLength: 5 }),
      async (given, fails) => {
        const fates = given.map((fate) => ({
          ...fate,
          isWatched: true,
          publishedAt: Math.min(fate.publishedAt, 20_000),
          pushedAfter: Math.min(fate.pushedAfter, 4_000),
        }));
        const told = await play({ fates, opensAt: 1, fails, twice: [2] });
        expect(told.filter((id) => id !== 'meta').sort()).toEqual(
          fates.map((_, index) => `evt_${index}`).sort(),
        );
      },
    ),
    { numRuns: 300 },
  );
});
