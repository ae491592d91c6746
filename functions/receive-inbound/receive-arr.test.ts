import { describe, expect, test } from 'vitest';
import { aSource, radarrId, sonarrId } from '../../test/builders/a-source.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { anOpenRequest } from '../../test/builders/an-http-request.ts';
import { sonarrPayloads } from '../../test/builders/arr-payloads.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memorySources } from '../../test/builders/memory-sources.ts';
import { ApiError } from '../../shared/api-error.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { eventBytesMax } from '../../shared/limits.ts';
import type { Source } from '../../shared/source.ts';
import { createFindSender } from './find-sender.ts';
import { createReceiveArr } from './receive-arr.ts';
import { createStampEvent } from './stamp-event.ts';

const audience = { version: 3, hooks: false, live: true };
const password = 'correct horse';

function receiver(source: Partial<Source> = {}, busIsDown = false) {
  const published: CatalogEvent[] = [];
  const log = collectLog();
  let nowMs = noonMs;
  const receive = createReceiveArr('sonarr', {
    findSender: createFindSender({
      sources: memorySources(aSource(source), aSource({ id: radarrId, kind: 'radarr' })),
      openSecret: async () => password,
    }),
    stamp: createStampEvent({ findAudience: async () => audience }),
    publish: async (event) => {
      if (busIsDown) throw new ApiError('unavailable', 'The event bus did not take this event.');
      published.push(event);
    },
    createId: (nowMs) => `evt_${nowMs - noonMs}`,
    now: () => ++nowMs,
    log,
  });
  const send = async (
    body: unknown,
    { id = sonarrId, authorization }: { id?: string; authorization?: string } = {},
  ) =>
    receive(
      anOpenRequest({
        query: { id },
        headers: authorization === undefined ? {} : { authorization },
        // Sonarr indents what it sends.
        bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body, undefined, 2)),
      }),
    );
  return { send, published, log };
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('a webhook becomes a webhook_received of the source’s tenant, with the body as it came, and is answered 202', async () => {
  const { send, published } = receiver();
  const payload = sonarrPayloads.upgrade;
  await expect(send(payload)).resolves.toEqual({
    status: 202,
    body: { status: 'accepted', id: 'evt_1', left_out: [] },
  });
  expect(published).toEqual([
    {
      id: 'evt_1',
      tenant: 'acme',
      event_name: 'webhook_received',
      version: 1,
      // The instant that the id tells.
      timestamp: new Date(noonMs + 1).toISOString(),
      data: {
        source: 'sonarr',
        event_type: 'Download',
        title: payload.series.title,
        season: 1,
        episode: 4,
        payload,
      },
      audience,
    },
  ]);
});

test('a test is answered 200 and becomes no event', async () => {
  const { send, published } = receiver();
  await expect(send(sonarrPayloads.test)).resolves.toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(published).toEqual([]);
});

describe('a source with a password', () => {
  const secured = { username: 'arr', sealed_secret: 'c2VhbGVk' };

  test('lets in who knows it', async () => {
    const { send, published } = receiver(secured);
    await expect(
      send(sonarrPayloads.grab, { authorization: basic(`arr:${password}`) }),
    ).resolves.toMatchObject({ status: 202 });
    expect(published).toHaveLength(1);
  });

  test.each([
    ['nothing', undefined],
    ['a wrong password', basic('arr:wrong')],
    ['a wrong user', basic(`x:${password}`)],
    ['another scheme', `Bearer ${password}`],
  ])('asks who gives %s for credentials, with 401, also for a test', async (_what, authorization) => {
    const { send, published, log } = receiver(secured);
    const given = authorization === undefined ? {} : { authorization };
    for (const payload of [sonarrPayloads.grab, sonarrPayloads.test]) {
      await expect(send(payload, given)).resolves.toMatchObject({
        status: 401,
        body: { code: 'unauthorized' },
        headers: { 'www-authenticate': expect.stringMatching(/^Basic realm="/) },
      });
    }
    expect(published).toEqual([]);
    expect(JSON.stringify(log.lines)).not.toMatch(/horse|wrong|src_/);
  });
});

test('an id that is missing, malformed, unknown or another kind’s is answered 404 in the same words', async () => {
  const { send } = receiver();
  const answers = await Promise.all(
    ['', 'src_1', `src_${'9'.repeat(36)}`, radarrId].map((id) =>
      send(sonarrPayloads.grab, { id }).catch((error: unknown) => error),
    ),
  );
  expect(answers[0]).toMatchObject({ code: 'not_found' });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test.each([
  ['no body', '', 'bad_request', 'no body'],
  ['what is no JSON', '{"eventType":', 'bad_request', 'not valid JSON'],
  ['what is no webhook of Sonarr', { event: 'x' }, 'unprocessable', 'eventType'],
  [
    'what is too large for the bus',
    { eventType: 'ä'.repeat(eventBytesMax / 2) },
    'too_large',
    String(eventBytesMax),
  ],
  [
    'what is nested without end',
    `{"eventType":"Grab","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    'unprocessable',
    'levels deep',
  ],
])('%s is refused, saying why', async (_what, body, code, says) => {
  const { send, published } = receiver();
  await expect(send(body)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
  expect(published).toEqual([]);
});

test('a webhook that is too large for the bus becomes an event without its largest members, and the answer names them', async () => {
  const { send, published, log } = receiver();
  await expect(send({ ...sonarrPayloads.rename, more: 'ä'.repeat(eventBytesMax) })).resolves.toMatchObject({
    status: 202,
    body: { left_out: [{ field: 'payload.more', message: 'is too large' }] },
  });
  expect(published).toMatchObject([{ data: { payload: sonarrPayloads.rename, payload_left_out: ['more'] } }]);
  expect(log.lines).toMatchObject([{ state: 'published', reason: 'too large: more' }]);
});

test('what the bus does not take is answered 503', async () => {
  await expect(receiver({}, true).send(sonarrPayloads.grab)).rejects.toMatchObject({ status: 503 });
});

test('the log tells what came, and neither payload, secret nor the id that lets in', async () => {
  const { send, log } = receiver();
  await send(sonarrPayloads.grab);
  expect(log.lines).toEqual([
    {
      level: 'info',
      message: 'inbound received',
      tenant: 'acme',
      route: '/api/v1/webhook/sonarr',
      event_id: 'evt_1',
      state: 'published',
    },
  ]);
});
