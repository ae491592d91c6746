import type { SealSecret } from '../../shared/aws/seal.ts';
import type { WebhookId } from '../../shared/ids.ts';
import { generateSecret } from '../../shared/signature.ts';
import { generateKeyPair } from '../../shared/signature-v1a.ts';
import type { RotateSecret, UpdateWebhook } from '../../shared/webhook-fields.ts';
import { retire, schemesOf, stillLive } from '../../shared/webhook-keys.ts';
import type { SignatureScheme, WebhookKeys } from '../../shared/webhook-keys.ts';
import { secretMask } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';

interface Dependencies {
  readonly sealSecret: SealSecret;
  readonly now: () => number;
}

/** The secret that a client gave; undefined when it gave none, or the mask. */
const givenSecret = (secret: string | null | undefined): string | undefined =>
  secret === null || secret === secretMask ? undefined : secret;

/** Makes, replaces and rotates the keys of webhooks, as the fields of their rows. Writes nothing. */
export function createSealKeys({ sealSecret, now }: Dependencies) {
  const sealKeyPair = async (id: WebhookId) => {
    const { privateKey, publicKey } = generateKeyPair();
    return { sealed_private_key: await sealSecret(id, privateKey), public_key: publicKey };
  };

  /** What is left of retiring keys when some have ended; nothing when none has. */
  const dropEnded = (webhook: Webhook): Partial<WebhookKeys> => {
    const secrets = stillLive(webhook.retiring_secrets, now());
    const privateKeys = stillLive(webhook.retiring_private_keys, now());
    return {
      ...(secrets.length < (webhook.retiring_secrets?.length ?? 0) ? { retiring_secrets: secrets } : {}),
      ...(privateKeys.length < (webhook.retiring_private_keys?.length ?? 0)
        ? { retiring_private_keys: privateKeys }
        : {}),
    };
  };

  return {
    /** The keys of a new webhook, and its secret, to be shown this once. */
    async make(
      id: WebhookId,
      fields: Pick<UpdateWebhook, 'secret' | 'signature_schemes'>,
    ): Promise<{ readonly keys: WebhookKeys; readonly secret: string }> {
      const secret = givenSecret(fields.secret) ?? generateSecret();
      const keys = {
        sealed_secret: await sealSecret(id, secret),
        ...(fields.signature_schemes === undefined ? {} : { signature_schemes: fields.signature_schemes }),
        ...(fields.signature_schemes?.includes('v1a') ? await sealKeyPair(id) : {}),
      };
      return { keys, secret };
    },

    /** What a PUT changes: a secret that it names is the only one at once, also in the middle of a rotation. */
    async change(
      webhook: Webhook,
      { secret, signature_schemes }: Pick<UpdateWebhook, 'secret' | 'signature_schemes'>,
    ): Promise<Partial<WebhookKeys>> {
      const given = givenSecret(secret);
      const needsKeyPair =
        signature_schemes?.includes('v1a') === true && webhook.sealed_private_key === undefined;
      return {
        ...dropEnded(webhook),
        ...(given === undefined
          ? {}
          : { sealed_secret: await sealSecret(webhook.id, given), retiring_secrets: undefined }),
        ...(signature_schemes === undefined || isSame(signature_schemes, schemesOf(webhook))
          ? {}
          : { signature_schemes }),
        ...(needsKeyPair ? await sealKeyPair(webhook.id) : {}),
      };
    },

    /**
     * Rotates the keys of some schemes that the webhook signs by; the old ones sign on through the grace. `secret` is
     * the new shared secret, undefined when none was made. Throws `ApiError` 409 when too many keys would sign.
     */
    async rotate(
      webhook: Webhook,
      schemes: readonly SignatureScheme[],
      { secret, grace_seconds }: RotateSecret,
    ): Promise<{ readonly keys: Partial<WebhookKeys>; readonly secret: string | undefined }> {
      const keys = dropEnded(webhook);
      let shown: string | undefined;
      if (schemes.includes('v1')) {
        const outgoing = { sealed: webhook.sealed_secret };
        keys.retiring_secrets = retire(webhook.retiring_secrets, outgoing, grace_seconds, now());
        shown = givenSecret(secret) ?? generateSecret();
        keys.sealed_secret = await sealSecret(webhook.id, shown);
      }
      if (schemes.includes('v1a')) {
        const { sealed_private_key: sealed, public_key, retiring_private_keys: retiring } = webhook;
        if (sealed !== undefined && public_key !== undefined) {
          keys.retiring_private_keys = retire(retiring, { sealed, public_key }, grace_seconds, now());
        }
        Object.assign(keys, await sealKeyPair(webhook.id));
      }
      return { keys, secret: shown };
    },
  };
}
export type SealKeys = ReturnType<typeof createSealKeys>;

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((scheme, index) => scheme === other[index]);
