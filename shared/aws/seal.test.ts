import { describe, expect, test } from 'vitest';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { secretCacheMs } from '../limits.ts';
import { createOpenSecret, createSealSecret } from './seal.ts';

/** A KMS that, like the real one, opens a ciphertext only under the context that it was made with. */
function fakeKms() {
  return fakeClient((input) => {
    const context = JSON.stringify(input['EncryptionContext']);
    if ('Plaintext' in input) {
      const plain = Buffer.from(input['Plaintext'] as Uint8Array).toString('hex');
      return { CiphertextBlob: Buffer.from(JSON.stringify({ context, plain })) };
    }
    const sealed: { context: string; plain: string } = JSON.parse(
      Buffer.from(input['CiphertextBlob'] as Uint8Array).toString(),
    );
    if (sealed.context !== context) {
      throw Object.assign(new Error('context'), { name: 'InvalidCiphertextException' });
    }
    return { Plaintext: Buffer.from(sealed.plain, 'hex') };
  });
}

describe('a sealed secret', () => {
  test('opens to itself for the webhook that it was sealed for, under the named key', async () => {
    const { client, calls } = fakeKms();
    const sealed = await createSealSecret(client, 'key-1')('wh_1', 'whsec_ä');
    expect(sealed).not.toContain('whsec_');
    await expect(createOpenSecret(client, 'key-1', () => 0)('wh_1', sealed)).resolves.toBe('whsec_ä');
    expect(calls).toMatchObject([
      { KeyId: 'key-1', EncryptionContext: { webhook_id: 'wh_1' } },
      { KeyId: 'key-1', EncryptionContext: { webhook_id: 'wh_1' } },
    ]);
  });

  test('does not open for another webhook, also after it was opened for its own', async () => {
    const { client } = fakeKms();
    const sealed = await createSealSecret(client, 'k')('wh_1', 'secret');
    const open = createOpenSecret(client, 'k', () => 0);
    await open('wh_1', sealed);
    await expect(open('wh_2', sealed)).rejects.toThrow('context');
  });

  test('is opened once in minutes, also by many at a time, and again after', async () => {
    const { client, calls } = fakeKms();
    const sealed = await createSealSecret(client, 'k')('wh_1', 'secret');
    let now = 1_000_000;
    const open = createOpenSecret(client, 'k', () => now);
    await Promise.all([open('wh_1', sealed), open('wh_1', sealed)]);
    now += secretCacheMs - 1;
    await open('wh_1', sealed);
    expect(calls).toHaveLength(2);
    now += 1;
    await open('wh_1', sealed);
    expect(calls).toHaveLength(3);
  });

  test('that was changed is opened anew at once', async () => {
    const { client } = fakeKms();
    const seal = createSealSecret(client, 'k');
    const open = createOpenSecret(client, 'k', () => 0);
    await expect(open('wh_1', await seal('wh_1', 'old'))).resolves.toBe('old');
    await expect(open('wh_1', await seal('wh_1', 'new'))).resolves.toBe('new');
  });

  test('whose opening failed is tried again', async () => {
    let isDown = true;
    const { client } = fakeClient(() => {
      if (isDown) throw new Error('down');
      return { Plaintext: Buffer.from('secret') };
    });
    const open = createOpenSecret(client, 'k', () => 0);
    await expect(open('wh_1', 'c2VhbGVk')).rejects.toThrow('down');
    isDown = false;
    await expect(open('wh_1', 'c2VhbGVk')).resolves.toBe('secret');
  });

  test('is an error when KMS answers without content', async () => {
    const { client } = fakeClient(() => ({}));
    await expect(createSealSecret(client, 'k')('wh_1', 's')).rejects.toThrow('no ciphertext');
    await expect(createOpenSecret(client, 'k', () => 0)('wh_1', 'c2Vh')).rejects.toThrow('no plaintext');
  });
});
