import { fakeClient } from './fake-client.ts';

/** A KMS that, like the real one, opens a ciphertext only under the context that it was made with. */
export const fakeKms = () =>
  fakeClient((input) => {
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
