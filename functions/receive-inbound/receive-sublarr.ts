import { ApiError } from '../../shared/api-error.ts';
import { decodeBody } from '../../shared/decode-body.ts';
import { inboundEventId, isSentInTime, readSublarrWebhook } from '../../shared/inbound-sublarr.ts';
import { isSignedBy } from '../../shared/inbound-proof.ts';
import { parseJson } from '../../shared/parse-request.ts';
import { requireEventSize } from '../../shared/require-event-size.ts';
import type { HttpAnswer, OpenRequest } from '../../shared/runtime/http.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { inboundPaths } from '../../shared/source.ts';
import type { FindSender } from './find-sender.ts';
import type { PublishInbound } from './publish-inbound.ts';
import type { StampEvent } from './stamp-event.ts';

interface Dependencies {
  readonly findSender: FindSender;
  readonly stamp: StampEvent;
  readonly publishOnce: PublishInbound['publishOnce'];
  readonly now: () => number;
  readonly log: Log;
}

/**
 * `POST /api/v1/inbound/sublarr`: a Sublarr's own webhook becomes the event that it tells of, once however often it
 * comes. What the catalog does not know is answered 200 all the same: ten failures in a row disable a webhook of
 * Sublarr for good, and with it every other event.
 */
export function createReceiveSublarr(dependencies: Dependencies) {
  const { findSender, stamp, publishOnce, now, log } = dependencies;
  return async (request: OpenRequest): Promise<HttpAnswer> => {
    const { source, secret } = await findSender('sublarr', request);
    const told = { tenant: source.tenant, route: inboundPaths.sublarr };
    if (secret === undefined || !isSignedBy(secret, request.bytes, request.headers['x-sublarr-signature'])) {
      log.warn('inbound refused', { ...told, status: 401, reason: 'signature' });
      throw new ApiError(
        'unauthorized',
        'X-Sublarr-Signature is missing or does not fit the body: enter the secret of this source in the settings of the webhook.',
      );
    }
    const webhook = readSublarrWebhook(parseJson(decodeBody(request.bytes, request.headers['content-type'])));
    if (webhook.kind === 'test') {
      log.info('inbound received', { ...told, state: 'test' });
      return { status: 200, body: { status: 'ok', message: 'Test received' } };
    }
    if (webhook.kind === 'unknown') {
      log.warn('inbound received', { ...told, event_name: webhook.eventName, state: 'ignored' });
      const message = 'This is no event of the catalog; nothing was published.';
      return { status: 200, body: { status: 'ignored', event_name: webhook.eventName, message } };
    }
    const { eventName, data, leftOut, sentAtMs } = webhook;
    if (!isSentInTime(sentAtMs, now())) {
      log.warn('inbound refused', { ...told, event_name: eventName, status: 422, reason: 'timestamp' });
      const [sent, received] = [sentAtMs, now()].map((ms) => new Date(ms).toISOString());
      throw new ApiError(
        'unprocessable',
        `The timestamp ${sent} is too far from now, ${received}: this is an old message, or the clock of the sender is wrong.`,
        [{ field: 'timestamp', message: 'is too far from now' }],
      );
    }
    requireEventSize(data);
    const event = await stamp(
      source.tenant,
      { id: inboundEventId(source.id, request.bytes), eventName, data },
      now(),
    );
    const state = await publishOnce(event);
    const reason = leftOut.map(({ key, expected }) => `${key} is no ${expected}`).join('; ');
    log.info('inbound received', {
      ...told,
      event_id: event.id,
      event_name: eventName,
      state,
      ...(reason === '' ? {} : { reason }),
    });
    return {
      status: state === 'published' ? 202 : 200,
      body: {
        status: state === 'published' ? 'accepted' : 'repeated',
        id: event.id,
        left_out: leftOut.map(({ key, expected }) => ({
          field: `data.${key}`,
          message: `must be of type ${expected}`,
        })),
      },
    };
  };
}
