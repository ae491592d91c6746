import { prepareSecret } from '../signature.ts';
import type { LiveKey, Signing } from '../signature.ts';
import { preparePrivateKey } from '../signature-v1a.ts';
import { readHeaders, sendableHeaders } from '../webhook-headers.ts';
import { schemesOf, stillLive } from '../webhook-keys.ts';
import type { Webhook } from '../webhook.ts';
import type { KMSClient } from './clients.ts';
import { createOpenSealed } from './seal.ts';
import type { OpenSealed } from './seal.ts';

/** Opens what a webhook's posts are signed with, and its own headers. Throws when KMS is out of reach. */
export type OpenSigning = (webhook: Webhook) => Promise<Signing>;

/** A sealed key of a webhook; the current one has no end. */
interface SealedKey {
  readonly sealed: string;
  readonly until?: string;
}

/** @param now the clock by which a key that was rotated out has ended: such a key is not even opened */
export function createOpenSigning(kms: KMSClient, keyId: string, now: () => number): OpenSigning {
  const openSecret = createOpenSealed(kms, keyId, prepareSecret, now);
  const openPrivateKey = createOpenSealed(kms, keyId, preparePrivateKey, now);
  const openHeaders = createOpenSealed(kms, keyId, (text) => sendableHeaders(readHeaders(text)), now);

  const openKeys = <Key>(
    open: OpenSealed<Key>,
    webhook: Webhook,
    keys: readonly SealedKey[],
  ): Promise<LiveKey<Key>[]> =>
    Promise.all(
      keys.map(async ({ sealed, until }) => ({
        key: await open(webhook.id, sealed),
        untilMs: until === undefined ? Infinity : Date.parse(until),
      })),
    );

  return async (webhook) => {
    const schemes = schemesOf(webhook);
    const [secrets, privateKeys, headers] = await Promise.all([
      schemes.includes('v1') ? openKeys(openSecret, webhook, secretsOf(webhook, now())) : [],
      schemes.includes('v1a') ? openKeys(openPrivateKey, webhook, privateKeysOf(webhook, now())) : [],
      webhook.sealed_headers === undefined ? {} : openHeaders(webhook.id, webhook.sealed_headers),
    ]);
    return { secrets, privateKeys, headers };
  };
}

const secretsOf = (webhook: Webhook, nowMs: number): SealedKey[] => [
  ...stillLive(webhook.retiring_secrets, nowMs),
  { sealed: webhook.sealed_secret },
];

function privateKeysOf(webhook: Webhook, nowMs: number): SealedKey[] {
  if (webhook.sealed_private_key === undefined) {
    throw new Error(`webhook ${webhook.id} is to be signed by v1a and has no key for it`);
  }
  return [...stillLive(webhook.retiring_private_keys, nowMs), { sealed: webhook.sealed_private_key }];
}
