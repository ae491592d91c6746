import { describe, expect, test } from 'vitest';
import { aSource, sublarrId } from '../../test/builders/a-source.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { anOpenRequest } from '../../test/builders/an-http-request.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { memorySources } from '../../test/builders/memory-sources.ts';
import { aSublarrWebhook } from '../../test/builders/sublarr-webhook.ts';
import { catalog } from '../../shared/catalog.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { sentToleranceMs } from '../../shared/inbound-sublarr.ts';
import { eventBytesMax } from '../../shared/limits.ts';
import { createFindSender } from './find-sender.ts';
import { createReceiveSublarr } from './receive-sublarr.ts';
import { createStampEvent } from './stamp-event.ts';

const secret = 'a secret of Sublarr';

function receiver() {
  const published = new Map<string, CatalogEvent>();
  const log = collectLog();
  let nowMs = noonMs;
  const now = () => nowMs;
  const receive = createReceiveSublarr({
    findSender: createFindSender({
      sources: memorySources(aSource({ id: sublarrId, kind: 'sublarr', sealed_secret: 'c2VhbGVk' })),
      openSecret: async () => secret,
    }),
    stamp: createStampEvent({ findAudience: async () => ({ version: 0, hooks: true, live: true }) }),
    publishOnce: async (event) => {
      if (published.has(event.id)) return 'repeated';
      published.set(event.id, event);
      return 'published';
    },
    now,
    log,
  });
  const post = async (body: string, headers: Readonly<Record<string, string>>, id: string = sublarrId) =>
    receive(anOpenRequest({ query: { id }, headers, bytes: Buffer.from(body) }));
  const send = (name: string, data: unknown, sentAtMs = noonMs) => {
    const { body, headers } = aSublarrWebhook(name, data, { secret, sentAtMs });
    return post(body, headers);
  };
  return {
    post,
    send,
    published: () => [...published.values()],
    passMs: (ms: number) => (nowMs += ms),
    log,
  };
}

const { sample } = catalog.subtitle_downloaded;

test('an event of an unmodified Sublarr is published for the source’s tenant, unknown keys and all', async () => {
  const { send, published } = receiver();
  const data = { ...sample, subtitle_path: '/media/葬送のフリーレン.ass', movie_title: null };
  await expect(send('subtitle_downloaded', data)).resolves.toMatchObject({
    status: 202,
    body: { status: 'accepted', left_out: [] },
  });
  expect(published()).toMatchObject([
    { tenant: 'acme', event_name: 'subtitle_downloaded', version: 1, timestamp: noon, data },
  ]);
});

describe('a request is refused with 401 and published nowhere', () => {
  const { body, headers } = aSublarrWebhook('subtitle_downloaded', sample, { secret, sentAtMs: noonMs });
  const { 'x-sublarr-signature': signature = '', ...unsigned } = headers;
  test.each([
    ['without a signature', body, unsigned],
    ['with an empty one', body, { ...unsigned, 'x-sublarr-signature': '' }],
    [
      'with the signature of another secret',
      body,
      aSublarrWebhook('x', {}, { secret: 'x', sentAtMs: 0 }).headers,
    ],
    ['with one character of the body changed', body.replace('409', '408'), headers],
    ['with the body written otherwise', JSON.stringify(JSON.parse(body)), headers],
    ['with its signature in capitals', body, { ...unsigned, 'x-sublarr-signature': signature.toUpperCase() }],
    ['that is no JSON', '{', unsigned],
  ])('%s', async (_how, sent, given) => {
    const { post, published, log } = receiver();
    await expect(post(sent, given)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('X-Sublarr-Signature'),
    });
    expect(published()).toEqual([]);
    expect(JSON.stringify(log.lines)).not.toMatch(/sha256=|src_|a secret/);
  });
});

describe('a repetition', () => {
  test('is answered 200 with the same id, and published once', async () => {
    const { post, passMs, published } = receiver();
    const { body, headers } = aSublarrWebhook('subtitle_downloaded', sample, { secret, sentAtMs: noonMs });
    const first = await post(body, headers);
    passMs(5 * 60_000);
    const second = await post(body, headers);
    expect(second).toMatchObject({ status: 200, body: { status: 'repeated', id: Object(first.body).id } });
    expect(published()).toHaveLength(1);
  });

  test('differs from the same event that happens again', async () => {
    const { send, published } = receiver();
    await send('batch_complete', { total: 3 }, noonMs);
    await send('batch_complete', { total: 3 }, noonMs + 1);
    expect(published()).toHaveLength(2);
  });

  test.each([-sentToleranceMs - 1, sentToleranceMs + 1])(
    'is refused when it was sent %i ms from now: its id may be forgotten',
    async (ms) => {
      const { send, published } = receiver();
      await expect(send('batch_complete', {}, noonMs + ms)).rejects.toMatchObject({
        status: 422,
        message: expect.stringMatching(/timestamp .*clock/),
        details: [{ field: 'timestamp' }],
      });
      expect(published()).toEqual([]);
    },
  );
});

describe('so that Sublarr does not disable its webhook', () => {
  test('its test is answered 200, and becomes no event', async () => {
    const { send, published } = receiver();
    await expect(
      send('config_updated', { changed_keys: 'test_value', source: 'test_value' }),
    ).resolves.toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(published()).toEqual([]);
  });

  test('an event that the catalog has not is answered 200, and told', async () => {
    const { send, published, log } = receiver();
    await expect(send('provider_state_changed', { provider: 'subdl' })).resolves.toMatchObject({
      status: 200,
      body: { status: 'ignored', event_name: 'provider_state_changed' },
    });
    expect(published()).toEqual([]);
    expect(log.lines).toMatchObject([
      { level: 'warn', event_name: 'provider_state_changed', state: 'ignored' },
    ]);
  });

  test('a known key of the wrong type is left out, and told', async () => {
    const { send, published, log } = receiver();
    await expect(send('upgrade_complete', { title: 'x', new_score: 'high' })).resolves.toMatchObject({
      status: 202,
      body: { left_out: [{ field: 'data.new_score', message: 'must be of type integer' }] },
    });
    expect(published()[0]?.data).toEqual({ title: 'x' });
    expect(log.lines).toMatchObject([{ state: 'published', reason: 'new_score is no integer' }]);
  });
});

test('an event that is too large for the bus is refused with the limit', async () => {
  const { send } = receiver();
  await expect(send('batch_complete', { x: 'x'.repeat(eventBytesMax) })).rejects.toMatchObject({
    status: 413,
    message: expect.stringContaining(String(eventBytesMax)),
  });
});

test('a signed body that is no webhook of Sublarr is refused', async () => {
  const { send } = receiver();
  await expect(send('', {})).rejects.toMatchObject({ status: 422 });
});

test('an unknown source is answered 404 before anything is verified', async () => {
  const { post } = receiver();
  await expect(post('{}', {}, `src_${'9'.repeat(36)}`)).rejects.toMatchObject({ status: 404 });
});
