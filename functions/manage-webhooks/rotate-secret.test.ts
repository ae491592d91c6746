import * as fc from 'fast-check';
import { createHmac, createPublicKey, verify } from 'node:crypto';
import { Webhook as Verifier } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { fakeKms } from '../../test/builders/fake-kms.ts';
import { memoryConfigRows } from '../../test/builders/memory-config-rows.ts';
import { ApiError } from '../../shared/api-error.ts';
import { createOpenSigning } from '../../shared/aws/open-signing.ts';
import { createSealSecret } from '../../shared/aws/seal.ts';
import { generateSecret, signedHeaders } from '../../shared/signature.ts';
import { generateKeyPair } from '../../shared/signature-v1a.ts';
import { liveKeysMax } from '../../shared/webhook-keys.ts';
import type { SignatureScheme } from '../../shared/webhook-keys.ts';
import { secretMask } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { createRotateSecret } from './rotate-secret.ts';
import { createSealKeys } from './seal-keys.ts';
import { updateWebhook } from './update-webhook.ts';

const message = { id: 'evt_1', eventName: 'config_updated', body: '{"a":1}' };
const daySeconds = 24 * 60 * 60;
const until = (seconds: number) => new Date(noonMs + seconds * 1000).toISOString();

/** A webhook with a secret and a key pair, and a receiver's view of what its posts are signed with. */
async function rotating(signature_schemes?: SignatureScheme[]) {
  const { client } = fakeKms();
  const webhooks = memoryConfigRows<Webhook>();
  const sealSecret = createSealSecret(client, 'k');
  let nowMs = noonMs;
  const now = () => nowMs;
  const sealKeys = createSealKeys({ sealSecret, now });
  const first = { secret: generateSecret(), ...generateKeyPair() };
  await webhooks.put(
    'default',
    'wh_01',
    aWebhook({
      sealed_secret: await sealSecret('wh_01', first.secret),
      ...(signature_schemes === undefined
        ? {}
        : {
            signature_schemes,
            public_key: first.publicKey,
            sealed_private_key: await sealSecret('wh_01', first.privateKey),
          }),
    }),
  );
  const read = async (): Promise<Webhook> => {
    const webhook = await webhooks.get('default', 'wh_01');
    if (webhook === undefined) throw new Error('the webhook is gone');
    return webhook;
  };
  const openSigning = createOpenSigning(client, 'k', now);
  const handle = createRotateSecret({ webhooks, sealKeys, now });
  const rotate = async (body?: object | string) => {
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const answer = await handle(anHttpRequest({ params: { id: 'wh_01' }, body: text }));
    return answer.body as Record<string, unknown>;
  };
  return {
    first,
    webhooks,
    rotate,
    read,
    put: async (secret: string) => {
      const webhook = await read();
      await updateWebhook(webhooks, webhook, await sealKeys.change(webhook, { secret }));
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    now,
    /** The headers of a post whose keys were opened now and that is signed `lateMs` after. */
    sign: async (lateMs = 0) => signedHeaders(message, await openSigning(await read()), nowMs + lateMs),
  };
}

type Headers = Record<string, string>;

/** Verifies as a receiver does who holds the secret, whatever the clock says. */
function verifiesBySecret(headers: Headers, secret: string): boolean {
  const known = Date.now;
  Date.now = () => Number(headers['webhook-timestamp']) * 1000;
  try {
    new Verifier(secret).verify(message.body, headers);
    return true;
  } catch {
    return false;
  } finally {
    Date.now = known;
  }
}

function verifiesByPublicKey(headers: Headers, publicKey: string): boolean {
  const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  const content = Buffer.from(`${message.id}.${headers['webhook-timestamp']}.${message.body}`);
  return (headers['webhook-signature'] ?? '')
    .split(' ')
    .map((signature) => signature.split(','))
    .some(
      ([version, text = '']) => version === 'v1a' && verify(null, content, key, Buffer.from(text, 'base64')),
    );
}

const verifiesBySublarr = (headers: Headers, secret: string): boolean =>
  headers['x-sublarr-signature'] ===
  `sha256=${createHmac('sha256', secret).update(message.body).digest('hex')}`;

async function refusal(answer: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await answer.catch((caught: unknown) => caught);
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${JSON.stringify(error)}`);
  return error;
}

describe('a rotation', () => {
  test.each([undefined, '', ' ', '{}'])(
    'with the body %j makes a secret and lets the old one sign for a day',
    async (body) => {
      const { rotate, first, sign, pass } = await rotating();
      const shown = await rotate(body);
      expect(shown).toMatchObject({
        id: 'wh_01',
        secret: expect.stringMatching(/^whsec_/),
        secret_rotation: {
          ends_at: until(daySeconds),
          retiring: [{ scheme: 'v1', until: until(daySeconds) }],
        },
      });
      const secret = String(shown['secret']);
      const within = await sign();
      expect([verifiesBySecret(within, secret), verifiesBySecret(within, first.secret)]).toEqual([
        true,
        true,
      ]);
      pass(daySeconds * 1000);
      const after = await sign();
      expect([verifiesBySecret(after, secret), verifiesBySecret(after, first.secret)]).toEqual([true, false]);
    },
  );

  test('takes a secret of the client, in any form', async () => {
    const { rotate, read, sign } = await rotating();
    await expect(rotate({ secret: 'Schlüssel von uns' })).resolves.toMatchObject({
      secret: 'Schlüssel von uns',
    });
    expect(JSON.stringify(await read())).not.toContain('Schlüssel');
    expect((await sign())['webhook-signature']?.split(' ')).toHaveLength(2);
  });

  test.each([[secretMask], [null]])('with the secret %j makes one', async (secret) => {
    const { rotate } = await rotating();
    await expect(rotate({ secret })).resolves.toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
  });

  test('leaves a receiver of the original header alone until the grace ends, then follows', async () => {
    const { rotate, first, sign, pass } = await rotating();
    const secret = String((await rotate({ grace_seconds: 60 }))['secret']);
    expect(verifiesBySublarr(await sign(59_999), first.secret)).toBe(true);
    pass(60_000);
    expect(verifiesBySublarr(await sign(), secret)).toBe(true);
  });

  test('without a grace ends every other secret at once, also one of an earlier rotation', async () => {
    const { rotate, first, sign } = await rotating();
    const second = String((await rotate())['secret']);
    const shown = await rotate({ grace_seconds: 0 });
    expect(shown['secret_rotation']).toBeNull();
    const headers = await sign();
    expect(
      [first.secret, second, String(shown['secret'])].map((secret) => verifiesBySecret(headers, secret)),
    ).toEqual([false, false, true]);
  });

  test('answers the new secret this once, and never the sealed ones or another key', async () => {
    const { rotate, first, read } = await rotating(['v1', 'v1a']);
    const shown = await rotate();
    const {
      sealed_secret,
      sealed_private_key,
      retiring_secrets = [],
      retiring_private_keys = [],
    } = await read();
    const text = JSON.stringify(shown);
    expect(text).not.toMatch(/whsk_|sealed/);
    for (const { sealed } of [...retiring_secrets, ...retiring_private_keys])
      expect(text).not.toContain(sealed);
    for (const hidden of [sealed_secret, sealed_private_key, first.secret, first.privateKey]) {
      expect(text).not.toContain(hidden);
    }
  });

  test.each([
    [undefined, true, true],
    ['v1', true, false],
    ['v1a', false, true],
  ])('of the scheme %s rotates the secret: %s, the key pair: %s', async (scheme, secret, keyPair) => {
    const { rotate, first, sign } = await rotating(['v1', 'v1a']);
    const shown = await rotate({ scheme });
    expect(shown['secret'] !== secretMask).toBe(secret);
    expect(shown['public_key'] !== first.publicKey).toBe(keyPair);
    const retiring = [
      ...(secret ? [{ scheme: 'v1', until: until(daySeconds) }] : []),
      ...(keyPair ? [{ scheme: 'v1a', until: until(daySeconds), public_key: first.publicKey }] : []),
    ];
    expect(shown['secret_rotation']).toEqual({ ends_at: until(daySeconds), retiring });
    const headers = await sign();
    expect(verifiesBySecret(headers, first.secret)).toBe(true);
    expect(verifiesByPublicKey(headers, first.publicKey)).toBe(true);
    expect(verifiesByPublicKey(headers, String(shown['public_key']))).toBe(true);
  });

  test('of v1a alone shows the new public key and no secret', async () => {
    const { rotate, first } = await rotating(['v1a']);
    const shown = await rotate();
    expect(shown).toMatchObject({ secret: secretMask, public_key: expect.stringMatching(/^whpk_/) });
    expect(shown['public_key']).not.toBe(first.publicKey);
  });

  test.each([
    [{ grace_seconds: -1 }, ['v1'], 'grace_seconds'],
    [{ grace_seconds: 7 * daySeconds + 1 }, ['v1'], 'grace_seconds'],
    [{ grace_seconds: 1.5 }, ['v1'], 'grace_seconds'],
    [{ grace_hours: 1 }, ['v1'], 'grace_hours'],
    [{ secret: 'short' }, ['v1'], 'secret'],
    [{ secret: `whpk_${'A'.repeat(43)}=` }, ['v1'], 'secret'],
    [{ scheme: 'v2' }, ['v1'], 'scheme'],
    [{ scheme: 'v1a' }, ['v1'], 'scheme'],
    [{ scheme: 'v1' }, ['v1a'], 'scheme'],
    [{ secret: 'of our own' }, ['v1a'], 'secret'],
    [{ secret: 'of our own', scheme: 'v1a' }, ['v1', 'v1a'], 'secret'],
  ] as const)(
    'by %j of a webhook that signs by %j is a 422 at %s, and changes nothing',
    async (body, schemes, field) => {
      const { rotate, read } = await rotating([...schemes]);
      const before = await read();
      await expect(refusal(rotate(body))).resolves.toMatchObject({ status: 422, details: [{ field }] });
      await expect(read()).resolves.toEqual(before);
    },
  );

  test('too many is a 409 that says how to go on, and changes nothing', async () => {
    const { rotate, read } = await rotating();
    for (let made = 1; made < liveKeysMax; made++) await rotate();
    const before = await read();
    const error = await refusal(rotate());
    expect(error.status).toBe(409);
    expect(error.message).toContain('"grace_seconds": 0');
    await expect(read()).resolves.toEqual(before);
    await expect(rotate({ grace_seconds: 0 })).resolves.toMatchObject({ secret_rotation: null });
  });

  test('beside another at the same moment is a 409: no secret is answered that does not sign', async () => {
    const { rotate, sign } = await rotating();
    const settled = await Promise.allSettled([rotate(), rotate()]);
    const answered = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(answered).toHaveLength(1);
    expect(settled.find((result) => result.status === 'rejected')?.reason).toMatchObject({ status: 409 });
    expect(verifiesBySecret(await sign(), String(answered[0]?.['secret']))).toBe(true);
  });

  test('of a webhook that is not there, or goes meanwhile, is a 404', async () => {
    const { rotate, webhooks, read } = await rotating();
    const webhook = await read();
    await webhooks.remove('default', 'wh_01');
    await expect(refusal(rotate())).resolves.toMatchObject({ status: 404 });
    await expect(refusal(updateWebhook(webhooks, webhook, { name: 'x' }))).resolves.toMatchObject({
      status: 404,
    });
  });
});

type Step =
  | { readonly kind: 'rotate'; readonly scheme?: SignatureScheme; readonly grace: number }
  | { readonly kind: 'put' }
  | { readonly kind: 'pass'; readonly ms: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record(
      {
        kind: fc.constant('rotate' as const),
        scheme: fc.constantFrom<SignatureScheme>('v1', 'v1a'),
        grace: fc.constantFrom(0, 1, 60, 3600),
      },
      { requiredKeys: ['kind', 'grace'] },
    ),
    fc.constant({ kind: 'put' as const }),
    fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 999, 1000, 59_000, 60_000, 3_600_000),
    }),
  ),
  { maxLength: 15 },
);

/** A key that some receiver was given, and when it ends. */
interface Given {
  readonly key: string;
  endMs: number;
}

test('after any rotations and at any time, who holds a live key verifies and who holds one that ended does not', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(0, 1, 1000), async (steps, lateMs) => {
      const { first, rotate, put, pass, now, sign } = await rotating(['v1', 'v1a']);
      const given: Record<SignatureScheme, Given[]> = {
        v1: [{ key: first.secret, endMs: Infinity }],
        v1a: [{ key: first.publicKey, endMs: Infinity }],
      };
      const isLive = ({ endMs }: Given) => endMs > now();
      const give = (scheme: SignatureScheme, key: string, graceSeconds: number) => {
        for (const old of given[scheme]) {
          if (graceSeconds === 0) old.endMs = Math.min(old.endMs, now());
          else if (old.endMs === Infinity) old.endMs = now() + graceSeconds * 1000;
        }
        given[scheme].push({ key, endMs: Infinity });
      };

      const perform = async (step: Step): Promise<void> => {
        switch (step.kind) {
          case 'pass':
            return pass(step.ms);
          case 'put': {
            const secret = generateSecret();
            await put(secret);
            return give('v1', secret, 0);
          }
          case 'rotate': {
            const schemes: SignatureScheme[] = step.scheme === undefined ? ['v1', 'v1a'] : [step.scheme];
            const isFull = schemes.some((scheme) => given[scheme].filter(isLive).length >= liveKeysMax);
            const { scheme, grace: grace_seconds } = step;
            if (isFull && grace_seconds > 0) {
              expect((await refusal(rotate({ scheme, grace_seconds }))).status).toBe(409);
              return;
            }
            const shown = await rotate({ scheme, grace_seconds });
            if (schemes.includes('v1')) give('v1', String(shown['secret']), grace_seconds);
            if (schemes.includes('v1a')) give('v1a', String(shown['public_key']), grace_seconds);
          }
        }
      };

      for (const step of steps) {
        await perform(step);
        const headers = await sign(lateMs);
        const atMs = now() + lateMs;
        for (const { key, endMs } of given.v1) expect(verifiesBySecret(headers, key)).toBe(endMs > atMs);
        for (const { key, endMs } of given.v1a) expect(verifiesByPublicKey(headers, key)).toBe(endMs > atMs);
        const oldest = given.v1.find(({ endMs }) => endMs > atMs);
        expect(verifiesBySublarr(headers, oldest?.key ?? '')).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
