import { expect, test } from 'vitest';
import { verifyWebhook } from '../client/verify-webhook.ts';
import { generateSecret, prepareSecret } from '../shared/signature.ts';
import { createForwardEvent, describeAttempt } from './forward-event.ts';

const secret = generateSecret();
const event = { id: 'evt_1', eventName: 'batch_complete', body: '{"event_name":"batch_complete"}' };

async function forward(replies: readonly (Response | Error)[]) {
  const left = [...replies];
  const sent: RequestInit[] = [];
  const waits: number[] = [];
  const attempts: string[] = [];
  const arrived = await createForwardEvent({
    url: new URL('http://127.0.0.1:9000/hook'),
    signing: { secrets: [{ key: prepareSecret(secret), untilMs: Infinity }], privateKeys: [], headers: {} },
    retries: 2,
    timeoutSeconds: 10,
    signal: new AbortController().signal,
    now: Date.now,
    random: () => 0,
    fetch: async (_url, init) => {
      sent.push(init);
      const reply = left.shift() ?? new Response();
      if (reply instanceof Error) throw reply;
      return reply;
    },
    pause: async (ms) => void waits.push(ms),
    onAttempt: (_event, result) => attempts.push(describeAttempt(result)),
  })(event);
  return { arrived, sent, waits, attempts };
}

const reply = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

test('an event is posted signed, as a webhook would', async () => {
  const { arrived, sent } = await forward([reply(200)]);
  expect(arrived).toBe(true);
  const headers = Object.fromEntries(new Headers(sent[0]?.headers));
  expect(verifyWebhook({ headers, body: event.body }, { secret }).isVerified).toBe(true);
  expect(headers).toMatchObject({ 'webhook-id': 'evt_1', 'x-sublarr-event': 'batch_complete' });
  expect(sent[0]).toMatchObject({ method: 'POST', body: event.body, redirect: 'manual' });
});

test.each([
  ['is tried again', [reply(500), new TypeError('x'), reply(204)], true, [2000, 4000], 3],
  ['waits as the receiver asks', [reply(429, { 'retry-after': '9' }), reply(200)], true, [9000], 2],
  ['is given up', [reply(500), reply(500), reply(500)], false, [2000, 4000], 3],
  ['is refused by 404', [reply(404)], false, [], 1],
  ['follows no redirection', [reply(301)], false, [], 1],
])('an event that fails %s', async (_what, replies, expected, expectedWaits, count) => {
  const { arrived, waits, attempts } = await forward(replies);
  expect(arrived).toBe(expected);
  expect(waits).toEqual(expectedWaits);
  expect(attempts).toHaveLength(count);
});

test('a receiver that is not there is told as such', async () => {
  const nobody = new TypeError('fetch failed', {
    cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
  });
  expect((await forward([nobody])).attempts[0]).toBe('connection_refused: ECONNREFUSED');
});
