import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import { parseFields, parseJson } from '../../shared/parse-request.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import { rotateSecretSchema } from '../../shared/webhook-fields.ts';
import type { RotateSecret } from '../../shared/webhook-fields.ts';
import { schemesOf } from '../../shared/webhook-keys.ts';
import type { SignatureScheme } from '../../shared/webhook-keys.ts';
import { viewWebhook } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { requireWebhook } from './manage-webhooks.ts';
import type { SealKeys } from './seal-keys.ts';
import { updateWebhook } from './update-webhook.ts';

interface Dependencies {
  readonly webhooks: Pick<ConfigRows<Webhook>, 'get' | 'update'>;
  readonly sealKeys: SealKeys;
  readonly now: () => number;
}

const refuse = (field: string, message: string): ApiError =>
  new ApiError('unprocessable', `The request is not valid: ${field}: ${message}`, [{ field, message }]);

/** The schemes whose keys a request rotates. Throws `ApiError` 422 when the webhook does not sign so. */
function readSchemes(webhook: Webhook, { scheme, secret }: RotateSecret): readonly SignatureScheme[] {
  const used = schemesOf(webhook);
  if (scheme !== undefined && !used.includes(scheme)) {
    throw refuse(
      'scheme',
      `this webhook signs by ${used.join(' and ')} only; PUT "signature_schemes" to change that`,
    );
  }
  const rotated = scheme === undefined ? used : [scheme];
  if (typeof secret === 'string' && !rotated.includes('v1')) {
    throw refuse('secret', 'a shared secret is for v1; the key pair of v1a is made here: leave it out');
  }
  return rotated;
}

/** `POST /api/v1/webhooks/{id}/rotate-secret`: the new secret is answered this once, the old one signs on for a while. */
export function createRotateSecret({ webhooks, sealKeys, now }: Dependencies) {
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    const hasBody = request.body !== undefined && request.body.trim() !== '';
    const fields = parseFields(rotateSecretSchema, hasBody ? parseJson(request.body) : {});
    const webhook = await requireWebhook(webhooks, request);
    const { keys, secret } = await sealKeys.rotate(webhook, readSchemes(webhook, fields), fields);
    const rotated = await updateWebhook(webhooks, webhook, {
      ...keys,
      updated_at: new Date(now()).toISOString(),
    });
    return { status: 200, body: viewWebhook(rotated, now(), secret) };
  };
}
