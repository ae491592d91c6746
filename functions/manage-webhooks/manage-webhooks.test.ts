import { describe, expect, test } from 'vitest';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { memoryConfigRows } from '../../test/builders/memory-config-rows.ts';
import { ApiError } from '../../shared/api-error.ts';
import type { SealSecret } from '../../shared/aws/seal.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { findSecretProblem } from '../../shared/signature.ts';
import { readHeaders } from '../../shared/webhook-headers.ts';
import { secretMask } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createManageWebhooks } from './manage-webhooks.ts';
import { createSealHeaders } from './seal-headers.ts';
import { createSealKeys } from './seal-keys.ts';

function manager() {
  const webhooks = memoryConfigRows<Webhook>();
  const sealed: [string, string][] = [];
  let ids = 0;
  const sealSecret: SealSecret = async (id, secret) => {
    sealed.push([id, secret]);
    return `sealed:${Buffer.from(secret).toString('hex')}`;
  };
  const openHeaders = async (_id: string, text: string) =>
    readHeaders(Buffer.from(text.slice('sealed:'.length), 'hex').toString());
  const manage = createManageWebhooks({
    webhooks,
    sealKeys: createSealKeys({ sealSecret, now: () => noonMs }),
    sealHeaders: createSealHeaders({ sealSecret, openHeaders }),
    findUrlProblem: async (url) => (url.includes('blocked') ? '10.0.0.1 is a private address' : undefined),
    createId: () => `wh_0${++ids}`,
    now: () => noonMs,
  });
  return { ...manage, webhooks, sealed };
}

const fields = { name: 'Library', event_name: 'subtitle_downloaded', url: 'https://receiver.example/hook' };
const withBody = (body: unknown, overrides: Partial<HttpRequest> = {}) =>
  anHttpRequest({ body: typeof body === 'string' ? body : JSON.stringify(body), ...overrides });
const forId = (id: string, body?: unknown) =>
  anHttpRequest({ params: { id }, body: body === undefined ? undefined : JSON.stringify(body) });
const bodyOf = (answer: HttpAnswer) => answer.body as Record<string, unknown>;

async function refusal(answer: Promise<HttpAnswer>): Promise<ApiError> {
  const error: unknown = await answer.catch((caught: unknown) => caught);
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${JSON.stringify(error)}`);
  return error;
}

describe('creating', () => {
  test('answers 201 with the place, the defaults, and the secret, this once', async () => {
    const { create } = manager();
    const answer = await create(withBody(fields));
    expect(answer).toMatchObject({ status: 201, headers: { location: '/api/v1/webhooks/wh_01' } });
    const { secret, ...shown } = bodyOf(answer);
    expect(shown).toMatchObject({
      ...fields,
      id: 'wh_01',
      event_names: ['subtitle_downloaded'],
      signature_schemes: ['v1'],
      public_key: null,
      secret_rotation: null,
      headers: {},
      retry_count: 3,
      timeout_seconds: 10,
      enabled: true,
      consecutive_failures: 0,
      trigger_count: 0,
      disabled_reason: null,
      last_status_code: null,
      last_error: null,
      last_triggered_at: null,
      created_at: noon,
      updated_at: noon,
    });
    expect(secret).toMatch(/^whsec_/);
    expect(findSecretProblem(String(secret))).toBeUndefined();
  });

  test('takes a secret of the client, seals it for this webhook, and stores no word of it', async () => {
    const { create, sealed, webhooks } = manager();
    const answer = await create(withBody({ ...fields, secret: 'my own secret' }));
    expect(bodyOf(answer)['secret']).toBe('my own secret');
    expect(sealed).toEqual([['wh_01', 'my own secret']]);
    expect(JSON.stringify(await webhooks.get('default', 'wh_01'))).not.toContain('my own secret');
  });

  test.each([[secretMask], [null], [undefined]])('with the secret %j makes one', async (secret) => {
    const { create } = manager();
    expect(bodyOf(await create(withBody({ ...fields, secret })))['secret']).toMatch(/^whsec_/);
  });

  test.each([
    [['v1'], ['v1']],
    [['v1a'], ['v1a']],
    [
      ['v1a', 'v1', 'v1a'],
      ['v1', 'v1a'],
    ],
  ])('for the signature schemes %j shows %j, and the public key of v1a', async (given, schemes) => {
    const { create, get, sealed } = manager();
    const created = bodyOf(await create(withBody({ ...fields, signature_schemes: given })));
    const hasKeyPair = schemes.includes('v1a');
    expect(created).toMatchObject({
      signature_schemes: schemes,
      public_key: hasKeyPair ? expect.stringMatching(/^whpk_[A-Za-z0-9+/]{43}=$/) : null,
      secret: expect.stringMatching(/^whsec_/),
    });
    expect(sealed.filter(([, text]) => text.startsWith('whsk_'))).toHaveLength(hasKeyPair ? 1 : 0);
    const read = bodyOf(await get(forId('wh_01')));
    expect(read).toEqual({ ...created, secret: secretMask });
    expect(JSON.stringify([created, read])).not.toContain('whsk_');
  });

  test.each([
    [[], /signature_schemes/],
    [['v2'], /signature_schemes\[0\]/],
    ['v1', /signature_schemes/],
    [null, /signature_schemes/],
  ])('with the signature schemes %j is refused', async (signature_schemes, message) => {
    const error = await refusal(manager().create(withBody({ ...fields, signature_schemes })));
    expect(error).toMatchObject({ status: 422, message: expect.stringMatching(message) });
  });

  test('makes another secret for each webhook', async () => {
    const { create } = manager();
    const secrets = await Promise.all([create(withBody(fields)), create(withBody(fields))]);
    expect(new Set(secrets.map((answer) => bodyOf(answer)['secret'])).size).toBe(2);
  });

  test.each([
    ['*', undefined, ['*'], '*'],
    [undefined, ['config_updated', 'batch_complete'], ['config_updated', 'batch_complete'], null],
    [null, ['config_updated', '*'], ['*'], '*'],
    ['config_updated', ['config_updated'], ['config_updated'], 'config_updated'],
  ])('subscribes by event_name %j and event_names %j', async (event_name, event_names, names, name) => {
    const { create } = manager();
    const answer = await create(withBody({ ...fields, event_name, event_names }));
    expect(bodyOf(answer)).toMatchObject({ event_names: names, event_name: name });
  });

  test('a URL that may not be reached is a 422 that names the field and the reason, and stores nothing', async () => {
    const { create, webhooks } = manager();
    const error = await refusal(create(withBody({ ...fields, url: 'https://blocked.example/' })));
    expect(error).toMatchObject({ status: 422, details: [{ field: 'url' }] });
    expect(error.message).toContain('10.0.0.1 is a private address');
    await expect(webhooks.listAll('default')).resolves.toEqual([]);
  });

  test.each([
    ['', 400],
    ['{', 400],
    ['[]', 422],
    ['{}', 422],
  ])('from the body %j is a %i', async (body, status) => {
    await expect(refusal(manager().create(withBody(body)))).resolves.toMatchObject({ status });
  });
});

describe('reading', () => {
  test('shows the mask and never the secret, sealed or open, nor the tenant', async () => {
    const { create, get, list } = manager();
    const created = bodyOf(await create(withBody({ ...fields, secret: 'my own secret' })));
    const read = bodyOf(await get(forId('wh_01')));
    expect(read).toEqual({ ...created, secret: secretMask });
    const listed = await list(anHttpRequest());
    expect(listed.body).toEqual({ webhooks: [read], next_cursor: null });
    expect(JSON.stringify([read, listed.body])).not.toMatch(/sealed|tenant|my own/);
  });

  test('pages with the cursor that it answers until there is none', async () => {
    const { create, list } = manager();
    for (let i = 0; i < 5; i++) await create(withBody(fields));
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: '2', ...(cursor === undefined ? {} : { cursor }) };
      const { webhooks, next_cursor } = bodyOf(await list(anHttpRequest({ query }))) as {
        webhooks: { id: string }[];
        next_cursor: string | null;
      };
      seen.push(...webhooks.map(({ id }) => id));
      cursor = next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['wh_01', 'wh_02', 'wh_03', 'wh_04', 'wh_05']);
  });

  test.each([
    [{ limit: '0' }, 422, /limit/],
    [{ limit: '201' }, 422, /limit/],
    [{ limit: 'x' }, 422, /limit: must be a whole number/],
    [{ page: '2' }, 422, /page: is not a field/],
    [{ cursor: '!!' }, 400, /cursor/],
  ])('with the query %j is refused', async (query, status, message) => {
    const error = await refusal(manager().list(anHttpRequest({ query })));
    expect(error.status).toBe(status);
    expect(error.message).toMatch(message);
  });
});

describe('changing', () => {
  async function existing(overrides: Partial<Webhook> = {}) {
    const made = manager();
    await made.webhooks.put(
      'default',
      'wh_01',
      aWebhook({ updated_at: '2020-01-01T00:00:00.000Z', ...overrides }),
    );
    const change = async (body: object) => {
      const answer = await made.update(forId('wh_01', body));
      return { shown: bodyOf(answer), stored: await made.webhooks.get('default', 'wh_01') };
    };
    return { ...made, change };
  }

  test.each([
    [{ name: 'New' }, { name: 'New' }],
    [{ url: 'http://other.example/x' }, { url: 'http://other.example/x' }],
    [
      { retry_count: 0, timeout_seconds: 30 },
      { retry_count: 0, timeout_seconds: 30 },
    ],
    [{ event_name: 'config_updated' }, { event_names: ['config_updated'] }],
    [
      { event_names: ['config_updated', 'batch_complete'] },
      { event_names: ['config_updated', 'batch_complete'] },
    ],
    [{ enabled: false }, { enabled: false }],
    [{}, {}],
  ])('%j changes that and the time of the change, nothing else', async (body, changed) => {
    const { change } = await existing();
    const { stored } = await change(body);
    expect(stored).toEqual(aWebhook({ ...(changed as Partial<Webhook>), updated_at: noon }));
  });

  test('everything as it was read changes nothing: mask, counters and reasons stay', async () => {
    const before = aWebhook({
      enabled: false,
      disabled_reason: 'Disabled after 10 failures',
      consecutive_failures: 10,
      trigger_count: 12,
      last_error: 'HTTP 500',
      last_status_code: 500,
      last_triggered_at: noon,
      updated_at: noon,
    });
    const { get, change, sealed } = await existing(before);
    const { stored, shown } = await change(bodyOf(await get(forId('wh_01'))));
    expect(stored).toEqual(before);
    expect(shown['secret']).toBe(secretMask);
    expect(sealed).toEqual([]);
  });

  test('the read-only fields does nothing', async () => {
    const { change } = await existing();
    const { stored } = await change({
      id: 'wh_99',
      trigger_count: 99,
      consecutive_failures: 99,
      last_error: 'x',
    });
    expect(stored).toEqual(aWebhook({ updated_at: noon }));
  });

  test('the secret ends those of a rotation at once', async () => {
    const retiring_secrets = [{ sealed: 'old', until: new Date(noonMs + 60_000).toISOString() }];
    const { change } = await existing({ retiring_secrets });
    const { shown, stored } = await change({ secret: 'another secret' });
    expect(stored).not.toHaveProperty('retiring_secrets');
    expect(shown['secret_rotation']).toBeNull();
  });

  test('anything takes keys away that have ended, and leaves those that have not', async () => {
    const live = { sealed: 'live', until: new Date(noonMs + 1).toISOString() };
    const { change } = await existing({ retiring_secrets: [{ sealed: 'ended', until: noon }, live] });
    await expect(change({ name: 'New' })).resolves.toMatchObject({ stored: { retiring_secrets: [live] } });
  });

  test('the signature schemes to v1a makes a key pair once, and keeps it and the secret', async () => {
    const { change, sealed } = await existing();
    const first = await change({ signature_schemes: ['v1a'] });
    expect(first.shown['public_key']).toMatch(/^whpk_/);
    const back = await change({ signature_schemes: ['v1'] });
    expect(back.shown).toMatchObject({ signature_schemes: ['v1'], public_key: first.shown['public_key'] });
    const both = await change({ signature_schemes: ['v1', 'v1a'] });
    expect(both.shown['public_key']).toBe(first.shown['public_key']);
    expect(both.stored?.sealed_secret).toBe(aWebhook().sealed_secret);
    expect(sealed).toEqual([['wh_01', expect.stringMatching(/^whsk_/)]]);
  });

  test('the keys while another request changes them is a 409, and neither is lost', async () => {
    const { update, webhooks } = await existing();
    const read = await webhooks.get('default', 'wh_01');
    await update(forId('wh_01', { secret: 'first secret' }));
    const late = createManageWebhooks({
      webhooks: { ...webhooks, get: async () => read },
      sealKeys: createSealKeys({ sealSecret: async () => 'sealed late', now: () => noonMs }),
      sealHeaders: async () => ({}),
      findUrlProblem: async () => undefined,
      createId: () => 'wh_02',
      now: () => noonMs,
    });
    const error = await refusal(late.update(forId('wh_01', { secret: 'second secret' })));
    expect(error).toMatchObject({ status: 409, message: expect.stringContaining('send it again') });
    await expect(webhooks.get('default', 'wh_01')).resolves.toMatchObject({
      sealed_secret: `sealed:${Buffer.from('first secret').toString('hex')}`,
    });
  });

  test('the filter keeps it as it was given, until null takes it away', async () => {
    const { change, create } = await existing();
    const filter = { data: { score: [{ numeric: ['>', 5] }] } };
    expect(bodyOf(await create(withBody({ ...fields, filter })))['filter']).toEqual(filter);
    const { stored, shown } = await change({ filter });
    expect(stored?.filter).toBe(JSON.stringify(filter));
    expect(shown['filter']).toEqual(filter);
    expect((await change({ name: 'Other' })).shown['filter']).toEqual(filter);
    const without = await change({ filter: null });
    expect(without.shown['filter']).toBeNull();
    expect(without.stored).not.toHaveProperty('filter');
  });

  test('the secret seals the new one and shows the mask', async () => {
    const { change, sealed } = await existing();
    const { shown, stored } = await change({ secret: 'another secret' });
    expect(sealed).toEqual([['wh_01', 'another secret']]);
    expect(stored?.sealed_secret).toMatch(/^sealed:/);
    expect(shown['secret']).toBe(secretMask);
  });

  test('from disabled to enabled starts the count anew and takes the reason away', async () => {
    const { change } = await existing({ enabled: false, consecutive_failures: 10, disabled_reason: 'x' });
    const { stored, shown } = await change({ enabled: true });
    expect(stored).toMatchObject({ enabled: true, consecutive_failures: 0 });
    expect(shown['disabled_reason']).toBeNull();
  });

  test('what is enabled to enabled keeps the count', async () => {
    const { change } = await existing({ consecutive_failures: 9 });
    await expect(change({ enabled: true })).resolves.toMatchObject({ stored: { consecutive_failures: 9 } });
  });

  test.each([
    [{ url: 'https://blocked.example/' }, 422, /url: points to/],
    [{ url: 'ftp://x' }, 422, /url/],
    [{ colour: 'red' }, 422, /colour: is not a field/],
    [{ event_name: 'config_updated', event_names: ['batch_complete'] }, 422, /event_names: differs/],
    [{ retry_count: 21 }, 422, /retry_count/],
    [{ filter: { data: { score: [{ numeric: ['>'] }] } } }, 422, /filter\.data\.score\[0\]\.numeric\[1\]: /],
    [{ name: '' }, 422, /name/],
  ])('%j is refused and changes nothing', async (body, status, message) => {
    const { update, webhooks } = await existing();
    const error = await refusal(update(forId('wh_01', body)));
    expect(error.status).toBe(status);
    expect(error.message).toMatch(message);
    await expect(webhooks.get('default', 'wh_01')).resolves.toMatchObject({ name: 'Library' });
  });
});

describe('headers of its own', () => {
  const headers = { Authorization: 'Bearer hidden', 'X-Tenant': 'hidden' };
  const masked = { Authorization: secretMask, 'X-Tenant': secretMask };

  async function withHeaders() {
    const made = manager();
    const created = bodyOf(await made.create(withBody({ ...fields, headers })));
    const change = async (given: unknown) => {
      const answer = await made.update(forId('wh_01', { headers: given }));
      return bodyOf(answer)['headers'];
    };
    return { ...made, created, change };
  }
  const lastSealed = (sealed: readonly [string, string][]) => JSON.parse(sealed.at(-1)?.[1] ?? '');

  test('are sealed as one, and never shown: not on creation, not on reading', async () => {
    const { created, get, list, webhooks, sealed } = await withHeaders();
    expect(created['headers']).toEqual(masked);
    expect(lastSealed(sealed)).toEqual(headers);
    const shown = [created, bodyOf(await get(forId('wh_01'))), (await list(anHttpRequest())).body];
    expect(JSON.stringify([shown, await webhooks.get('default', 'wh_01')])).not.toContain('hidden');
  });

  test('sent back as they were read stay as they are, sealed no second time', async () => {
    const { change, get, sealed } = await withHeaders();
    const before = sealed.length;
    await expect(change(bodyOf(await get(forId('wh_01')))['headers'])).resolves.toEqual(masked);
    expect(sealed).toHaveLength(before);
  });

  test.each([
    [
      { authorization: secretMask, 'X-New': 'x' },
      { authorization: 'Bearer hidden', 'X-New': 'x' },
    ],
    [{ 'X-Tenant': secretMask }, { 'X-Tenant': 'hidden' }],
    [{ 'X-Tenant': 'y' }, { 'X-Tenant': 'y' }],
    [
      { ...masked, 'X-Tenant': 'y' },
      { Authorization: 'Bearer hidden', 'X-Tenant': 'y' },
    ],
  ])('changed to %j are replaced as a whole, a mask keeping its value', async (given, kept) => {
    const { change, sealed } = await withHeaders();
    await expect(change(given)).resolves.toEqual(
      Object.fromEntries(Object.keys(given).map((name) => [name, secretMask])),
    );
    expect(lastSealed(sealed)).toEqual(kept);
  });

  test.each([[null], [{}]])('changed to %j are gone', async (given) => {
    const { change, webhooks } = await withHeaders();
    await expect(change(given)).resolves.toEqual({});
    const stored = await webhooks.get('default', 'wh_01');
    expect(stored).not.toHaveProperty('sealed_headers');
    expect(stored).not.toHaveProperty('header_names');
  });

  test.each([
    [{ 'Content-Type': 'x' }, 'headers.Content-Type'],
    [{ 'X-A': 'hidden\r\nx: y' }, 'headers.X-A'],
    [{ 'X-A': secretMask }, 'headers.X-A'],
    [{ 'X-A': 'x'.repeat(2000), 'X-B': 'x'.repeat(2000), 'X-C': 'x'.repeat(100) }, 'headers'],
  ])('that cannot be (%j) are a 422 that names the place and no value', async (given, field) => {
    const { create, webhooks } = manager();
    const error = await refusal(create(withBody({ ...fields, headers: given })));
    expect(error).toMatchObject({ status: 422, details: [{ field }] });
    expect(error.message).not.toContain('hidden');
    await expect(webhooks.listAll('default')).resolves.toEqual([]);
  });

  test('masked by a name that was not there are a 422, and nothing changes', async () => {
    const { update, webhooks } = await withHeaders();
    const before = await webhooks.get('default', 'wh_01');
    const error = await refusal(update(forId('wh_01', { headers: { ...masked, Cookie: secretMask } })));
    expect(error).toMatchObject({ status: 422, details: [{ field: 'headers.Cookie' }] });
    await expect(webhooks.get('default', 'wh_01')).resolves.toEqual(before);
  });
});

describe('a webhook that does not exist', () => {
  const cases = [
    ['get', 'wh_none'],
    ['update', 'wh_none'],
    ['remove', 'wh_none'],
    ['get', 'hk_01'],
    ['remove', ''],
  ] as const;
  test.each(cases)('is a 404 for %s of "%s"', async (route, id) => {
    const error = await refusal(manager()[route](forId(id, { name: 'x' })));
    expect(error).toMatchObject({ status: 404, message: expect.stringContaining(`"${id}"`) });
  });

  test('is also one of another tenant', async () => {
    const { webhooks, get, update, remove } = manager();
    await webhooks.put('somebody', 'wh_01', aWebhook({ tenant: 'somebody' }));
    for (const route of [get, update, remove]) {
      await expect(refusal(route(forId('wh_01', {})))).resolves.toMatchObject({ status: 404 });
    }
    await expect(webhooks.get('somebody', 'wh_01')).resolves.toBeDefined();
  });

  test('is also one that was deleted while it was changed', async () => {
    const { webhooks, update } = manager();
    await webhooks.put('default', 'wh_01', aWebhook());
    webhooks.update = async () => undefined;
    await expect(refusal(update(forId('wh_01', {})))).resolves.toMatchObject({ status: 404 });
  });
});

test('deleting answers 204 without a body, and the webhook is gone', async () => {
  const { create, remove, get } = manager();
  await create(withBody(fields));
  await expect(remove(forId('wh_01'))).resolves.toEqual({ status: 204 });
  await expect(refusal(get(forId('wh_01')))).resolves.toMatchObject({ status: 404 });
});
