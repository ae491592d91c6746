import { describe, expect, test } from 'vitest';
import { SublarrEventsError } from './client-error.ts';
import { createSendRequest } from './send-request.ts';
import type { ApiRequest } from './send-request.ts';

type Reply = Response | Error;

function sender(replies: readonly Reply[], { retries = 3, url = 'http://api.example' } = {}) {
  const sent: { readonly url: string; readonly init: RequestInit | undefined }[] = [];
  const waits: number[] = [];
  const left = [...replies];
  const send = createSendRequest({
    url: new URL(url),
    key: 'sk_1',
    retries,
    timeoutMs: 1000,
    fetch: async (url, init) => {
      sent.push({ url: url.href, init });
      const reply = left.shift() ?? new Response('{}');
      if (reply instanceof Error) throw reply;
      return reply;
    },
    pause: async (ms) => void waits.push(ms),
    now: () => 0,
    random: () => 1,
    onRetry: undefined,
  });
  return { send, sent, waits };
}

const get: ApiRequest = { method: 'GET', path: '/api/v1/webhooks' };
const refused = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) });
const reset = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNRESET' }) });
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });

async function errorOf(sending: Promise<unknown>): Promise<SublarrEventsError> {
  const error: unknown = await sending.catch((caught: unknown) => caught);
  if (error instanceof SublarrEventsError) return error;
  throw new Error(`expected a SublarrEventsError, got ${String(error)}`);
}

describe('a request', () => {
  test('carries the key as a header, the query without what is undefined, and JSON', async () => {
    const { send, sent } = sender([], { url: 'http://api.example/stage/' });
    await send({ ...get, query: { limit: 2, cursor: undefined, success: false } });
    await send({ method: 'POST', path: '/api/v1/events', json: { a: 1 } });
    await send({ method: 'PUT', path: '/api/v1/scripts/x', text: '#!' });
    expect(sent.map((each) => each.url)).toEqual([
      'http://api.example/stage/api/v1/webhooks?limit=2&success=false',
      'http://api.example/stage/api/v1/events',
      'http://api.example/stage/api/v1/scripts/x',
    ]);
    expect(sent[0]?.init).toMatchObject({ headers: { 'x-api-key': 'sk_1' }, redirect: 'manual' });
    expect(sent[1]?.init).toMatchObject({ headers: { 'content-type': 'application/json' }, body: '{"a":1}' });
    expect(sent[2]?.init).toMatchObject({ headers: { 'content-type': 'text/plain' }, body: '#!' });
  });

  test('is sent again after 503, 429 and a refused connection, and then answered', async () => {
    const { send, sent, waits } = sender([
      json(503, { message: 'later' }),
      json(429, {}, { 'retry-after': '2' }),
      refused(),
      json(200, { ok: true }),
    ]);
    await expect(send(get)).resolves.toMatchObject({ status: 200, text: '{"ok":true}' });
    expect(sent).toHaveLength(4);
    expect(waits).toEqual([250, 2000, 1000]);
  });

  test('that is not repeatable is sent once when it may have been done', async () => {
    for (const reply of [json(503, { message: 'later' }), reset()]) {
      const { send, sent } = sender([reply]);
      await errorOf(send({ method: 'POST', path: '/api/v1/webhooks', json: {} }));
      expect(sent).toHaveLength(1);
    }
  });

  test.each([
    ['a connection that broke off', reset()],
    ['an answer that says it failed in passing', json(503, { message: 'later' })],
  ])('that deletes is done when %s is followed by 404', async (_, reply) => {
    const { send, sent } = sender([reply, json(404, { message: 'there is none' })]);
    await expect(send({ method: 'DELETE', path: '/api/v1/webhooks/wh_1' })).resolves.toMatchObject({
      status: 204,
    });
    expect(sent).toHaveLength(2);
  });

  test.each([[[]], [[refused()]], [[json(429, {})]]])(
    'that deletes what never was there is refused with 404',
    async (replies) => {
      const { send } = sender([...replies, json(404, { message: 'there is none' })]);
      const error = await errorOf(send({ method: 'DELETE', path: '/api/v1/webhooks/wh_1' }));
      expect(error.status).toBe(404);
    },
  );

  test('ends with the reason of its signal, also while it waits', async () => {
    const { send, sent } = sender([]);
    await expect(send(get, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(sent).toEqual([]);

    const ending = new AbortController();
    const failing = createSendRequest({
      url: new URL('http://api.example'),
      key: 'sk_1',
      retries: 3,
      timeoutMs: 1000,
      fetch: async () => json(503, {}),
      pause: async () => ending.abort(new Error('enough')),
      now: () => 0,
      random: () => 1,
      onRetry: undefined,
    });
    await expect(failing(get, { signal: ending.signal })).rejects.toThrow('enough');
  });
});

describe('an error', () => {
  test('tells the code, the message and the fields of the API', async () => {
    const details = [{ field: 'url', message: 'is not a URL' }];
    const { send } = sender([json(422, { message: 'wrong', code: 'unprocessable', details })]);
    expect(await errorOf(send(get))).toMatchObject({
      status: 422,
      code: 'unprocessable',
      message: 'wrong',
      details,
    });
  });

  test.each([
    [401, '{"message":"Unauthorized"}', 'unauthorized', 'does not know this key'],
    [403, '{"message":"Forbidden"}', 'forbidden', 'Forbidden'],
    [429, '{"message":"Too Many Requests"}', 'too_many_requests', 'try again'],
    [502, '<html>', 'unavailable', 'Check the URL'],
    [418, 'teapot', 'unexpected_answer', 'Check the URL'],
  ])('of a gateway (%i %s) has a code as well', async (status, body, code, words) => {
    const { send } = sender([new Response(body, { status })], { retries: 0 });
    expect(await errorOf(send(get))).toMatchObject({ status, code, message: expect.stringContaining(words) });
  });

  test('of a redirection names the address, to which the key was not sent', async () => {
    const { send, sent } = sender([
      new Response(null, { status: 308, headers: { location: 'https://new.example/' } }),
    ]);
    const error = await errorOf(send(get));
    expect(error).toMatchObject({
      code: 'redirected',
      message: expect.stringContaining('https://new.example/'),
    });
    expect(sent).toHaveLength(1);
  });

  test('of a connection says why, and never the key', async () => {
    const { send } = sender([refused()], { retries: 0 });
    const error = await errorOf(send(get));
    expect(error).toMatchObject({ code: 'unreachable', status: undefined });
    expect(error.message).toContain('ECONNREFUSED');
    expect(JSON.stringify(error) + error.message).not.toContain('sk_1');
  });

  test('of a connection that broke off says that it is not known whether it was done', async () => {
    const { send } = sender([reset()], { retries: 0 });
    const error = await errorOf(send({ method: 'POST', path: '/api/v1/webhooks', json: {} }));
    expect(error.code).toBe('unreachable');
    expect(error.message).toContain('(ECONNRESET): whether it was done is not known');
  });

  test('of a server that does not answer in time says so', async () => {
    const { send } = sender([new DOMException('time', 'TimeoutError')], { retries: 0 });
    expect(await errorOf(send(get))).toMatchObject({ code: 'timed_out' });
  });
});
