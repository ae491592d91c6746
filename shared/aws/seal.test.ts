import { describe, expect, test } from 'vitest';
import { radarrId, sonarrId } from '../../test/builders/a-source.ts';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { fakeKms } from '../../test/builders/fake-kms.ts';
import { secretCacheMs } from '../limits.ts';
import { createOpenSealed, createSealSecret } from './seal.ts';

const asText = (text: string): string => text;

describe('a sealed secret', () => {
  test('opens to itself for the webhook that it was sealed for, under the named key', async () => {
    const { client, calls } = fakeKms();
    const sealed = await createSealSecret(client, 'key-1')('wh_1', 'whsec_ä');
    expect(sealed).not.toContain('whsec_');
    await expect(createOpenSealed(client, 'key-1', asText, () => 0)('wh_1', sealed)).resolves.toBe('whsec_ä');
    expect(calls).toMatchObject([
      { KeyId: 'key-1', EncryptionContext: { webhook_id: 'wh_1' } },
      { KeyId: 'key-1', EncryptionContext: { webhook_id: 'wh_1' } },
    ]);
  });

  test('of a source is bound to that source', async () => {
    const { client, calls } = fakeKms();
    const sealed = await createSealSecret(client, 'k')(sonarrId, 'secret');
    const open = createOpenSealed(client, 'k', asText, () => 0);
    await expect(open(sonarrId, sealed)).resolves.toBe('secret');
    await expect(open(radarrId, sealed)).rejects.toThrow('context');
    expect(calls[0]).toMatchObject({ EncryptionContext: { source_id: sonarrId } });
  });

  test('does not open for another webhook, also after it was opened for its own', async () => {
    const { client } = fakeKms();
    const sealed = await createSealSecret(client, 'k')('wh_1', 'secret');
    const open = createOpenSealed(client, 'k', asText, () => 0);
    await open('wh_1', sealed);
    await expect(open('wh_2', sealed)).rejects.toThrow('context');
  });

  test('is opened once in minutes, also by many at a time, and again after', async () => {
    const { client, calls } = fakeKms();
    const sealed = await createSealSecret(client, 'k')('wh_1', 'secret');
    let now = 1_000_000;
    const open = createOpenSealed(client, 'k', asText, () => now);
    await Promise.all([open('wh_1', sealed), open('wh_1', sealed)]);
    now += secretCacheMs - 1;
    await open('wh_1', sealed);
    expect(calls).toHaveLength(2);
    now += 1;
    await open('wh_1', sealed);
    expect(calls).toHaveLength(3);
  });

  test('is answered as it was prepared, and prepared once for each opening', async () => {
    const { client } = fakeKms();
    const sealed = await createSealSecret(client, 'k')('wh_1', 'secret');
    const prepared: string[] = [];
    const open = createOpenSealed(
      client,
      'k',
      (text) => prepared.push(text),
      () => 1,
    );
    await expect(Promise.all([open('wh_1', sealed), open('wh_1', sealed)])).resolves.toEqual([1, 1]);
    expect(prepared).toEqual(['secret']);
  });

  test('that was changed is opened anew at once', async () => {
    const { client } = fakeKms();
    const seal = createSealSecret(client, 'k');
    const open = createOpenSealed(client, 'k', asText, () => 0);
    await expect(open('wh_1', await seal('wh_1', 'old'))).resolves.toBe('old');
    await expect(open('wh_1', await seal('wh_1', 'new'))).resolves.toBe('new');
  });

  test('whose opening failed is tried again', async () => {
    let isDown = true;
    const { client } = fakeClient(() => {
      if (isDown) throw new Error('down');
      return { Plaintext: Buffer.from('secret') };
    });
    const open = createOpenSealed(client, 'k', asText, () => 0);
    await expect(open('wh_1', 'c2VhbGVk')).rejects.toThrow('down');
    isDown = false;
    await expect(open('wh_1', 'c2VhbGVk')).resolves.toBe('secret');
  });

  test('is an error when KMS answers without content', async () => {
    const { client } = fakeClient(() => ({}));
    await expect(createSealSecret(client, 'k')('wh_1', 's')).rejects.toThrow('no ciphertext');
    await expect(createOpenSealed(client, 'k', asText, () => 0)('wh_1', 'c2Vh')).rejects.toThrow(
      'no plaintext',
    );
  });
});
