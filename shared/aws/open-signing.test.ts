import { describe, expect, test } from 'vitest';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { fakeKms } from '../../test/builders/fake-kms.ts';
import { signedHeaders } from '../signature.ts';
import { generateKeyPair } from '../signature-v1a.ts';
import type { Webhook } from '../webhook.ts';
import { createOpenSigning } from './open-signing.ts';
import { createSealSecret } from './seal.ts';

function opening() {
  const { client, calls } = fakeKms();
  let nowMs = noonMs;
  return {
    seal: (text: string) => createSealSecret(client, 'k')('wh_01', text),
    open: createOpenSigning(client, 'k', () => nowMs),
    at: (ms: number) => {
      nowMs = noonMs + ms;
    },
    decrypts: () => calls.filter((input) => 'CiphertextBlob' in input).length,
  };
}
const until = (ms: number) => new Date(noonMs + ms).toISOString();
const message = { id: 'evt_1', eventName: 'config_updated', body: '{}' };

describe('what a webhook is signed with', () => {
  test('is its one secret when its row is as old as the first rows', async () => {
    const { seal, open } = opening();
    const signing = await open(aWebhook({ sealed_secret: await seal('the secret') }));
    expect(signing).toEqual({
      secrets: [{ key: expect.anything(), untilMs: Infinity }],
      privateKeys: [],
      headers: {},
    });
    expect(signing.secrets[0]?.key.sublarr.export().toString()).toBe('the secret');
  });

  test('are the secrets of a rotation as well, the oldest first, and those that ended are not opened', async () => {
    const { seal, open, at, decrypts } = opening();
    const webhook = aWebhook({
      sealed_secret: await seal('newest'),
      retiring_secrets: [
        { sealed: await seal('oldest'), until: until(10) },
        { sealed: await seal('ended'), until: until(0) },
        { sealed: await seal('middle'), until: until(5) },
      ],
    });
    const opened = async () =>
      (await open(webhook)).secrets.map(({ key, untilMs }) => [key.sublarr.export().toString(), untilMs]);
    await expect(opened()).resolves.toEqual([
      ['oldest', noonMs + 10],
      ['middle', noonMs + 5],
      ['newest', Infinity],
    ]);
    expect(decrypts()).toBe(3);
    at(5);
    await expect(opened()).resolves.toEqual([
      ['oldest', noonMs + 10],
      ['newest', Infinity],
    ]);
    at(10);
    await expect(opened()).resolves.toEqual([['newest', Infinity]]);
    expect(decrypts()).toBe(3);
  });

  test.each([
    [undefined, /^v1,\S+$/],
    [['v1' as const], /^v1,\S+$/],
    [['v1a' as const], /^v1a,\S+$/],
    [['v1' as const, 'v1a' as const], /^v1,\S+ v1a,\S+$/],
  ])('follows its schemes: %j', async (signature_schemes, shape) => {
    const { seal, open } = opening();
    const webhook: Webhook = aWebhook({
      sealed_secret: await seal('the secret'),
      sealed_private_key: await seal(generateKeyPair().privateKey),
      ...(signature_schemes === undefined ? {} : { signature_schemes }),
    });
    const headers = signedHeaders(message, await open(webhook), noonMs);
    expect(headers['webhook-signature']).toMatch(shape);
    expect('x-sublarr-signature' in headers).toBe(signature_schemes?.includes('v1') ?? true);
  });

  test('by v1a without a key is an error, not a post without a proof', async () => {
    const { open } = opening();
    await expect(open(aWebhook({ signature_schemes: ['v1a'] }))).rejects.toThrow(
      'webhook wh_01 is to be signed by v1a and has no key for it',
    );
  });

  test('comes with its headers, as far as they may be sent', async () => {
    const { seal, open } = opening();
    const sealed_headers = await seal(JSON.stringify({ Authorization: 'Bearer x', 'webhook-id': 'forged' }));
    const webhook = aWebhook({ sealed_secret: await seal('x'), sealed_headers });
    expect((await open(webhook)).headers).toEqual({ Authorization: 'Bearer x' });
  });

  test('does not open on the row of another webhook', async () => {
    const { seal, open } = opening();
    await expect(open(aWebhook({ id: 'wh_02', sealed_secret: await seal('x') }))).rejects.toThrow('context');
  });
});
