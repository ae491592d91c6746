import { ApiError } from '../../shared/api-error.ts';
import type { OpenSealed, SealSecret } from '../../shared/aws/seal.ts';
import type { WebhookId } from '../../shared/ids.ts';
import { customHeadersBytesMax, renderHeaders } from '../../shared/webhook-headers.ts';
import type { CustomHeaders } from '../../shared/webhook-headers.ts';
import { secretMask } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';

interface Dependencies {
  readonly sealSecret: SealSecret;
  readonly openHeaders: OpenSealed<CustomHeaders>;
}

export type StoredHeaders = Pick<Webhook, 'header_names' | 'sealed_headers'>;

/** Makes the fields of a row from the headers that a request gives, all of them; the mask keeps what is stored. */
export type SealHeaders = (
  webhook: StoredHeaders & { readonly id: WebhookId },
  given: CustomHeaders | null | undefined,
) => Promise<StoredHeaders>;

const refuse = (field: string, message: string): ApiError =>
  new ApiError('unprocessable', `The request is not valid: ${field}: ${message}`, [{ field, message }]);

export function createSealHeaders({ sealSecret, openHeaders }: Dependencies): SealHeaders {
  /** Puts the stored values in the place of the masks; the case of a name makes no difference. */
  const unmask = async (
    { id, sealed_headers: sealed }: Parameters<SealHeaders>[0],
    given: CustomHeaders,
  ): Promise<CustomHeaders> => {
    const opened = sealed === undefined ? {} : await openHeaders(id, sealed);
    const stored = new Map(Object.entries(opened).map(([name, value]) => [name.toLowerCase(), value]));
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => {
        if (value !== secretMask) return [name, value];
        const kept = stored.get(name.toLowerCase());
        if (kept === undefined) {
          throw refuse(`headers.${name}`, 'is the mask, and there is no value that it could keep: give one');
        }
        return [name, kept];
      }),
    );
  };

  return async (webhook, given) => {
    if (given === undefined) return {};
    const entries = Object.entries(given ?? {});
    const isMasked = entries.map(([, value]) => value === secretMask);
    const names = webhook.header_names ?? [];
    if (
      isMasked.every(Boolean) &&
      entries.length === names.length &&
      entries.every(([name]) => names.includes(name))
    )
      return {};
    if (given === null || entries.length === 0) return { header_names: undefined, sealed_headers: undefined };

    const text = renderHeaders(isMasked.includes(true) ? await unmask(webhook, given) : given);
    const bytes = Buffer.byteLength(text);
    if (bytes > customHeadersBytesMax) {
      throw refuse('headers', `take ${bytes} bytes as JSON; at most ${customHeadersBytesMax} can be kept`);
    }
    return {
      header_names: entries.map(([name]) => name),
      sealed_headers: await sealSecret(webhook.id, text),
    };
  };
}
