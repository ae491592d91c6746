import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { secretCacheMs } from '../limits.ts';
import type { WebhookId } from '../ids.ts';
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
  const opened = new Map<string, { secret: Promise<string>; until: number }>();
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
  return async (id, sealed) => {
    const key = `${id} ${sealed}`;
    const known = opened.get(key);
    if (known !== undefined && known.until > now()) return known.secret;
    for (const [old, { until }] of opened) if (until <= now()) opened.delete(old);
    const secret = decrypt(id, sealed);
    opened.set(key, { secret, until: now() + secretCacheMs });
    secret.catch(() => opened.delete(key));
    return secret;
  };
}
