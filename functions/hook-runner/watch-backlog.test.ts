import { describe, expect, it } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import { watchBacklog } from './watch-backlog.ts';

interface Look {
  readonly waiting: number;
  readonly ended?: number;
  readonly idle?: true;
  readonly fails?: 'count' | 'ask';
}

/** Lets a worker of eight look at its queue every five seconds; answers what it asked for, by the second of the look. */
async function lookAt(looks: readonly Look[]) {
  const done = new AbortController();
  const asked: [number, number][] = [];
  const log = collectLog();
  let nowMs = 0;
  let ended = 0;
  let look: Look | undefined;
  const rest = [...looks];
  await watchBacklog(
    {
      queue: {
        count: async () => {
          if (look?.fails === 'count') throw new Error('no route');
          const waiting = look?.waiting ?? 0;
          return { waiting, left: waiting + 8 };
        },
      },
      isWorking: () => look?.idle !== true,
      countEnded: () => ended,
      concurrency: 8,
      askForWorkers: async (count) => {
        if (look?.fails === 'ask') throw new Error('no queue');
        asked.push([nowMs / 1000, count]);
      },
      pause: async (ms) => {
        nowMs += ms;
        look = rest.shift();
        ended += look?.ended ?? 0;
        if (look === undefined) done.abort();
      },
      now: () => nowMs,
      log,
    },
    done.signal,
  );
  return { asked, log };
}

const times = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look);

describe('a worker asks for more of them', () => {
  it('the sooner the longer nothing of what it runs ends while more waits', async () => {
    const { asked } = await lookAt(times(7, { waiting: 20 }));
    expect(asked).toEqual([
      [20, 2],
      [25, 2],
      [30, 3],
      [35, 4],
    ]);
  });

  it('never while it will have begun what waits within a minute', async () => {
    const { asked } = await lookAt(times(30, { waiting: 400, ended: 50 }));
    expect(asked).toEqual([]);
  });

  it('by the pace of the last minute, not by that of its whole life', async () => {
    const { asked } = await lookAt([
      ...times(30, { waiting: 0, ended: 500 }),
      ...times(14, { waiting: 100, ended: 0 }),
    ]);
    expect(asked.at(0)?.[0]).toBeGreaterThan(195);
    expect(asked.at(-1)).toEqual([220, 14]);
  });

  it('not for the time in which it had nothing to do', async () => {
    const { asked } = await lookAt([...times(30, { waiting: 0, idle: true }), ...times(3, { waiting: 20 })]);
    expect(asked).toEqual([]);
  });

  it('again at the next look when it could not', async () => {
    const { asked, log } = await lookAt([
      ...times(6, { waiting: 0 }),
      { waiting: 20, fails: 'count' },
      { waiting: 20, fails: 'ask' },
      { waiting: 20 },
    ]);
    expect(asked).toEqual([[45, 4]]);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });
});
