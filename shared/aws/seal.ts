import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { secretCacheMs } from '../limits.ts';
import { isSourceId } from '../ids.ts';
import type { SourceId, WebhookId } from '../ids.ts';
import { keepFresh } from '../keep-fresh.ts';
import type { KMSClient } from './clients.ts';

/** Whose secret it is. */
type SecretOwner = WebhookId | SourceId;

/** Encrypts a secret under the KMS key, bound to the id of its owner; base64. At most 4096 bytes. */
export type SealSecret = (id: SecretOwner, secret: string) => Promise<string>;
/** Decrypts what `SealSecret` made. Throws when it was sealed for another owner. */
export type OpenSealed<Value> = (id: SecretOwner, sealed: string) => Promise<Value>;

/** The encryption context makes a ciphertext useless on another row. */
const contextOf = (id: string): Record<string, string> =>
  isSourceId(id) ? { source_id: id } : { webhook_id: id };

export function createSealSecret(kms: KMSClient, keyId: string): SealSecret {
  return async (id, secret) => {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(secret), EncryptionContext: contextOf(id) }),
    );
    if (CiphertextBlob === undefined) throw new Error('KMS answered no ciphertext');
    return Buffer.from(CiphertextBlob).toString('base64');
  };
}

/**
 * Opened secrets are kept for minutes, keyed by ciphertext: a changed secret is another key.
 * @param prepare makes of the text what is kept and answered, such as a key that is ready to sign
 */
export function createOpenSealed<Value>(
  kms: KMSClient,
  keyId: string,
  prepare: (text: string) => Value,
  now: () => number,
): OpenSealed<Value> {
  const opened = keepFresh(
    async (key) => {
      const [id = '', sealed = ''] = key.split(' ');
      const { Plaintext } = await kms.send(
        new DecryptCommand({
          KeyId: keyId,
          CiphertextBlob: Buffer.from(sealed, 'base64'),
          EncryptionContext: contextOf(id),
        }),
      );
      if (Plaintext === undefined) throw new Error('KMS answered no plaintext');
      return prepare(Buffer.from(Plaintext).toString('utf8'));
    },
    secretCacheMs,
    now,
  );
  return (id, sealed) => opened(`${id} ${sealed}`);
}
