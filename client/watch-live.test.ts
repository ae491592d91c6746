import { describe, expect, test } from 'vitest';
import { renderFrame } from '../shared/live-frame.ts';
import { SublarrEventsError } from './client-error.ts';
import type { SocketEvent } from './open-socket.ts';
import { watchLive } from './watch-live.ts';
import type { WatchOptions } from './watch-live.ts';

const broken = new SublarrEventsError({ code: 'unreachable', message: 'broken' });
const text = (id: string, second: number): SocketEvent => ({
  kind: 'text',
  text: renderFrame({
    id,
    event_name: 'batch_complete',
    data: {},
    timestamp: `2026-11-22T12:00:0${second}.000Z`,
  }),
});
const open: SocketEvent = { kind: 'open' };

/** A server whose connections tell what they are to tell, and then break. */
function server(
  connections: readonly (readonly SocketEvent[])[],
  refusals: readonly (Error | undefined)[] = [],
) {
  const urls: URL[] = [];
  const waits: number[] = [];
  const ending = new AbortController();
  let tickets = 0;
  const watch = (options: WatchOptions = {}) =>
    watchLive(
      {
        liveUrl: new URL('ws://live.example/live'),
        createTicket: async () => {
          const refusal = refusals[tickets++];
          if (refusal !== undefined) throw refusal;
          return { ticket: `lt_${tickets}`, expires_in: 60, expires_at: '', cursor: `start-${tickets}` };
        },
        openSocket: async function* (url) {
          urls.push(url);
          const happened = connections[urls.length - 1];
          if (happened === undefined) {
            ending.abort();
            return;
          }
          yield* happened;
          throw broken;
        },
        pause: async (ms) => void waits.push(ms),
        random: () => 1,
      },
      { signal: ending.signal, ...options },
    );
  return { watch, urls, waits };
}

async function idsOf(frames: ReturnType<typeof watchLive>): Promise<string[]> {
  const ids: string[] = [];
  for await (const frame of frames) if (frame.kind === 'event') ids.push(frame.id);
  return ids;
}

describe('watching', () => {
  test('goes on after a broken connection with the cursor of the last event, and tells each once', async () => {
    const { watch, urls, waits } = server([
      [open, text('a', 1), text('b', 2)],
      [open, text('b', 2), text('c', 3)],
    ]);
    const interruptions: string[] = [];
    const ids = await idsOf(
      watch({ events: ['x', 'y'], onInterrupted: ({ message }) => interruptions.push(message) }),
    );
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(urls.map(({ searchParams }) => searchParams.get('ticket'))).toEqual(['lt_1', 'lt_2', 'lt_3']);
    expect(urls.map(({ searchParams }) => searchParams.get('events'))).toEqual(['x,y', 'x,y', 'x,y']);
    expect(urls[0]?.searchParams.get('since')).toBeNull();
    expect(urls[1]?.searchParams.get('since')).toEqual(expect.any(String));
    expect(interruptions).toEqual(['broken', 'broken']);
    expect(waits).toEqual([500, 500]);
  });

  test('loses nothing when the connection breaks before anything came: it goes on from its first ticket', async () => {
    const { watch, urls } = server([[open], [open], [open, { kind: 'text', text: '{"event":"pong"}' }]]);
    await idsOf(watch());
    expect(urls.map(({ searchParams }) => searchParams.get('since'))).toEqual([
      null,
      'start-1',
      'start-1',
      'start-1',
    ]);
  });

  test('waits longer and longer for a server that stays away', async () => {
    const away = [undefined, broken, broken, broken];
    const { watch, waits } = server([[open]], away);
    await idsOf(watch());
    expect(waits).toEqual([500, 1000, 2000, 4000]);
  });

  test('never began when the first connection cannot be opened', async () => {
    const { watch } = server([[]]);
    await expect(idsOf(watch())).rejects.toBe(broken);
  });

  test.each(['unauthorized', 'forbidden'])('ends when the key is %s, also in the middle', async (code) => {
    const refusal = new SublarrEventsError({ code, status: 401, message: 'no' });
    await expect(idsOf(server([], [refusal]).watch())).rejects.toBe(refusal);
    await expect(idsOf(server([[open]], [undefined, refusal]).watch())).rejects.toBe(refusal);
  });

  test('ends quietly by the signal', async () => {
    const { watch, urls } = server([]);
    await expect(idsOf(watch({ signal: AbortSignal.abort() }))).resolves.toEqual([]);
    expect(urls).toEqual([]);
  });
});
