import { createHmac, createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalog } from '../../shared/catalog.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

const mask = '********';
const webhooksPath = '/api/v1/webhooks';
let nextPath = 0;

/** Each test has a path of its own at the receiver. */
async function createWebhook(event_name: string, fields: Record<string, unknown> = {}) {
  const path = `/signed-${nextPath++}`;
  const { status, body } = await running.api.post(webhooksPath, {
    name: path,
    event_name,
    url: running.receiver.url(path),
    ...fields,
  });
  expect(status).toBe(201);
  const own = `${webhooksPath}/${body.id}`;
  let seen = 0;
  return {
    webhook: body,
    rotate: (how: object = {}) => running.api.post(`${own}/rotate-secret`, how),
    read: () => running.api.get(own),
    change: (changes: object) => running.api.put(own, changes),
    /** What the receiver gets when the event is published. */
    publish: async (name: keyof typeof catalog): Promise<ReceivedRequest> => {
      await running.api.post('/api/v1/events', { event_name: name, data: catalog[name].sample });
      const [request] = (await running.receiver.waitFor(path, ++seen)).slice(-1);
      return request ?? expect.fail('nothing came');
    },
    /** What the receiver gets from a test, whose keys are always read anew. */
    test: async (): Promise<ReceivedRequest> => {
      await running.api.post(`${own}/test`, {});
      const [request] = (await running.receiver.waitFor(path, ++seen)).slice(-1);
      return request ?? expect.fail('nothing came');
    },
  };
}

const header = ({ headers }: ReceivedRequest, name: string): string => String(headers[name]);

function verifies({ headers, body }: ReceivedRequest, secret: string): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

const verifiesOriginal = (request: ReceivedRequest, secret: string): boolean =>
  header(request, 'x-sublarr-signature') ===
  `sha256=${createHmac('sha256', secret).update(request.body).digest('hex')}`;

function verifiesAsymmetric(request: ReceivedRequest, publicKey: string): boolean {
  const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  const content = `${header(request, 'webhook-id')}.${header(request, 'webhook-timestamp')}.${request.body}`;
  return header(request, 'webhook-signature')
    .split(' ')
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) => verify(null, Buffer.from(content), key, Buffer.from(signature.slice(4), 'base64')));
}

describe('rotating a secret', () => {
  test('keeps the receiver with the old one verifying, and one with the new one too, until the grace ends', async () => {
    const { webhook, rotate, read, publish, test: post } = await createWebhook('config_updated');
    const rotated = await rotate({ grace_seconds: 3600 });
    expect(rotated.status).toBe(200);
    const [old, secret] = [webhook.secret, rotated.body.secret];
    expect(secret).toMatch(/^whsec_/);
    expect((await read()).body).toMatchObject({
      secret: mask,
      secret_rotation: { retiring: [{ scheme: 'v1', until: rotated.body.secret_rotation.ends_at }] },
    });

    for (const request of [await publish('config_updated'), await post()]) {
      expect([verifies(request, old), verifies(request, secret)]).toEqual([true, true]);
      expect(verifiesOriginal(request, old)).toBe(true);
    }

    const last = (await rotate({ grace_seconds: 0 })).body.secret;
    const request = await post();
    expect([old, secret, last].map((each) => verifies(request, each))).toEqual([false, false, true]);
    expect(verifiesOriginal(request, last)).toBe(true);
    expect((await read()).body.secret_rotation).toBeNull();
  });

  test('by a PUT ends the others at once', async () => {
    const { webhook, rotate, change, test: post } = await createWebhook('batch_complete');
    await rotate();
    const changed = await change({ secret: 'Schlüssel, unser eigener' });
    expect(changed.body).toMatchObject({ secret: mask, secret_rotation: null });
    const request = await post();
    expect(header(request, 'webhook-signature').split(' ')).toHaveLength(1);
    expect(verifies(request, webhook.secret)).toBe(false);
    expect(verifiesOriginal(request, 'Schlüssel, unser eigener')).toBe(true);
  });

  test('more often than five live secrets is a 409', async () => {
    const { rotate, test: post } = await createWebhook('batch_complete');
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await rotate()).status);
    expect(statuses).toEqual([200, 200, 200, 200, 409]);
    expect(header(await post(), 'webhook-signature').split(' ')).toHaveLength(5);
  });

  test('needs the scope manage and a webhook of one’s own', async () => {
    const { status } = await running.api.post(`${webhooksPath}/wh_none/rotate-secret`, {});
    expect(status).toBe(404);
    const withoutKey = await running.api.call(
      'POST',
      `${webhooksPath}/wh_none/rotate-secret`,
      {},
      { 'x-api-key': 'unknown' },
    );
    expect(withoutKey.status).toBe(401);
  });
});

describe('signing by v1a', () => {
  test('beside v1 verifies with the public key that the API shows, and by the library that knows v1 alone', async () => {
    const {
      webhook,
      rotate,
      publish,
      test: post,
    } = await createWebhook('upgrade_complete', {
      signature_schemes: ['v1', 'v1a'],
    });
    expect(webhook.public_key).toMatch(/^whpk_/);
    const rotated = await rotate({ scheme: 'v1a' });
    expect(rotated.body).toMatchObject({ secret: mask, public_key: expect.stringMatching(/^whpk_/) });
    expect(rotated.body.public_key).not.toBe(webhook.public_key);

    for (const request of [await publish('upgrade_complete'), await post()]) {
      expect(verifies(request, webhook.secret)).toBe(true);
      expect(verifiesAsymmetric(request, webhook.public_key)).toBe(true);
      expect(verifiesAsymmetric(request, rotated.body.public_key)).toBe(true);
    }
  });

  test('alone carries no proof by a shared secret', async () => {
    const { webhook, publish } = await createWebhook('translation_complete', { signature_schemes: ['v1a'] });
    const request = await publish('translation_complete');
    expect(verifiesAsymmetric(request, webhook.public_key)).toBe(true);
    expect(header(request, 'webhook-signature')).toMatch(/^v1a,\S+$/);
    expect(request.headers).not.toHaveProperty('x-sublarr-signature');
  });
});

describe('headers of its own', () => {
  test('reach the receiver with every post, and are never shown', async () => {
    const headers = { Authorization: 'Bearer very-hidden', 'X-Size': 'größer' };
    const {
      webhook,
      read,
      change,
      publish,
      test: post,
    } = await createWebhook('provider_failed', { headers });
    const masked = { Authorization: mask, 'X-Size': mask };
    const shown = await read();
    expect([webhook.headers, shown.body.headers]).toEqual([masked, masked]);
    const kept = await change({ ...shown.body, name: 'renamed' });
    const listed = await running.api.get(webhooksPath);
    for (const { text } of [shown, kept, listed]) expect(text).not.toContain('very-hidden');

    for (const request of [await publish('provider_failed'), await post()]) {
      expect(request.headers).toMatchObject({
        authorization: 'Bearer very-hidden',
        'x-size': 'größer',
        'content-type': 'application/json',
        'x-sublarr-event': 'provider_failed',
      });
      expect(verifies(request, webhook.secret)).toBe(true);
    }
    const logs = await running.api.get(`/api/v1/hooks/logs?webhook_id=${webhook.id}`);
    expect(logs.text).not.toContain('very-hidden');

    await change({ headers: { 'X-Size': mask } });
    const after = await post();
    expect(after.headers).not.toHaveProperty('authorization');
    expect(after.headers['x-size']).toBe('größer');
  });

  test.each([
    'Host',
    'Content-Length',
    'webhook-signature',
    'X-Sublarr-Event',
    'Transfer-Encoding',
    'Expect',
  ])('cannot be %s', async (name) => {
    const { status, body } = await running.api.post(webhooksPath, {
      name: 'forging',
      event_name: 'config_updated',
      url: running.receiver.url('/forged'),
      headers: { [name]: 'x' },
    });
    expect(status).toBe(422);
    expect(body.details).toEqual([expect.objectContaining({ field: `headers.${name}` })]);
  });
});
