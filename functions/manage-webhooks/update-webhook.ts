import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import { keyFields } from '../../shared/webhook-keys.ts';
import { webhookIsMissing } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';

/** What changes were derived from: keys follow from keys, and headers from headers. */
const basisOf = (webhook: Webhook, changes: Partial<Webhook>): Partial<Webhook> => ({
  ...(Object.keys(changes).some((name) => name in keyFields)
    ? { sealed_secret: webhook.sealed_secret, sealed_private_key: webhook.sealed_private_key }
    : {}),
  ...('sealed_headers' in changes ? { sealed_headers: webhook.sealed_headers } : {}),
});

/**
 * Writes changes of a webhook that was read before. Throws `ApiError` 404 when it is gone, and 409 when its keys or
 * headers were changed meanwhile: one of two rotations at once would lose the secret that it answered.
 */
export async function updateWebhook(
  webhooks: Pick<ConfigRows<Webhook>, 'get' | 'update'>,
  webhook: Webhook,
  changes: Partial<Webhook>,
): Promise<Webhook> {
  const { tenant, id } = webhook;
  const basis = basisOf(webhook, changes);
  const updated = await webhooks.update(tenant, id, changes, basis);
  if (updated !== undefined) return updated;
  const isThere = Object.keys(basis).length > 0 && (await webhooks.get(tenant, id)) !== undefined;
  if (!isThere) throw webhookIsMissing(id);
  throw new ApiError(
    'conflict',
    'The keys or headers of this webhook were changed by another request meanwhile, and nothing of this one was done: send it again.',
  );
}
