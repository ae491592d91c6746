import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { secretCacheMs } from '../limits.ts';
import type { WebhookId } from '../ids.ts';
import { keepFresh } from '../keep-fresh.ts';
import type { KMSClient } from './clients.ts';

/** Encrypts a webhook's secret under the KMS key, bound to the webhook's id; base64. */
export type SealSecret = (id: WebhookId, secret: string) => Promise<string>;
/** Decrypts what `SealSecret` made. Throws when it was sealed for another webhook. */
export type OpenSecret = (id: WebhookId, sealed: string) => Promise<string>;

/** The encryption context makes a ciphertext useless on another webhook's row. */
const contextOf = (id: WebhookId) => ({ webhook_id: id });

export function createSealSecret(kms: KMSClient, keyId: string): SealSecret {
  return async (id, secret) => {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from(secret), EncryptionContext: contextOf(id) }),
    );
    if (CiphertextBlob === undefined) throw new Error('KMS answered no ciphertext');
    return Buffer.from(CiphertextBlob).toString('base64');
  };
}

/** Opened secrets are kept for minutes, keyed by ciphertext: a changed secret is another key. */
export function createOpenSecret(kms: KMSClient, keyId: string, now: () => number): OpenSecret {
  const decrypt: OpenSecret = async (id, sealed) => {
    const { Plaintext } = await kms.send(
      new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: Buffer.from(sealed, 'base64'),
        EncryptionContext: contextOf(id),
      }),
    );
    if (Plaintext === undefined) throw new Error('KMS answered no plaintext');
    return Buffer.from(Plaintext).toString('utf8');
  };
  const opened = keepFresh(
    (key) => {
      const { id, sealed }: { id: WebhookId; sealed: string } = JSON.parse(key);
      return decrypt(id, sealed);
    },
    secretCacheMs,
    now,
  );
  return (id, sealed) => opened(JSON.stringify({ id, sealed }));
}
