import { expect, test } from 'vitest';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { PostOutcome } from '../../shared/live-post.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { renderPong } from '../../shared/live-frame.ts';
import { createAnswerLive } from './answer-live.ts';

async function send(body: string | undefined, outcome: PostOutcome = { kind: 'sent' }) {
  const posted: string[] = [];
  const log = collectLog();
  const answer = createAnswerLive({
    post: async (connectionId, text) => {
      posted.push(`${connectionId} ${text}`);
      return outcome;
    },
    log,
  });
  expect(await answer({ connectionId: 'conn-1=', connectedAt: noonMs, body })).toEqual({});
  return { posted, log };
}

test.each(['ping', ' ping\n', '{"event":"ping"}', '{"action":"ping"}'])(
  '%j is answered with pong, and where the connection began',
  async (body) => {
    expect((await send(body)).posted).toEqual([`conn-1= ${renderPong(noonMs)}`]);
  },
);

test.each([undefined, '', 'pong', '{', 'null', '{"event":"pong"}', '["ping"]', '{"ping":1}'])(
  '%j is taken without an answer',
  async (body) => {
    expect((await send(body)).posted).toEqual([]);
  },
);

test('who left meanwhile is nobody’s concern, and an outage is logged', async () => {
  expect((await send('ping', { kind: 'gone' })).log.lines).toEqual([]);
  const error = new Error('outage');
  expect((await send('ping', { kind: 'failed', error })).log.lines).toMatchObject([{ level: 'warn', error }]);
});
