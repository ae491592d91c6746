import { ApiError, renderError } from '../../shared/api-error.ts';
import { decodeBody } from '../../shared/decode-body.ts';
import { readArrWebhook } from '../../shared/inbound-arr.ts';
import type { ArrKind } from '../../shared/inbound-arr.ts';
import { holdsCredentials } from '../../shared/inbound-proof.ts';
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
  readonly publish: PublishInbound['publish'];
  readonly createId: (nowMs: number) => string;
  readonly now: () => number;
  readonly log: Log;
}

const wrongCredentials = new ApiError(
  'unauthorized',
  'The user name or password is missing or wrong: enter those of this source in the settings of the webhook.',
);

/** Says so in the way of HTTP, to senders that wait to be asked. */
const askForCredentials = (): HttpAnswer => ({
  status: wrongCredentials.status,
  body: renderError(wrongCredentials),
  headers: { 'www-authenticate': 'Basic realm="sublarr-events", charset="UTF-8"' },
});

/**
 * `POST /api/v1/webhook/sonarr` and `/radarr`: becomes a `webhook_received`, answered 202. Neither program tries again
 * nor tells repetitions apart, so each request is an event.
 */
export function createReceiveArr(kind: ArrKind, dependencies: Dependencies) {
  const { findSender, stamp, publish, createId, now, log } = dependencies;
  return async (request: OpenRequest): Promise<HttpAnswer> => {
    const { source, secret } = await findSender(kind, request);
    const told = { tenant: source.tenant, route: inboundPaths[kind] };
    if (
      secret !== undefined &&
      !holdsCredentials(request.headers['authorization'], { username: source.username, password: secret })
    ) {
      log.warn('inbound refused', { ...told, status: 401, reason: 'credentials' });
      return askForCredentials();
    }
    const webhook = readArrWebhook(
      kind,
      parseJson(decodeBody(request.bytes, request.headers['content-type'])),
    );
    if (webhook.kind === 'test') {
      log.info('inbound received', { ...told, state: 'test' });
      return { status: 200, body: { status: 'ok', message: 'Test received' } };
    }
    requireEventSize(webhook.data);
    // An id tells its time, which leads to the event's row: one instant for both.
    const nowMs = now();
    const event = await stamp(
      source.tenant,
      { id: createId(nowMs), eventName: 'webhook_received', data: webhook.data },
      nowMs,
    );
    await publish(event);
    const { leftOut } = webhook;
    const reason = leftOut.length === 0 ? {} : { reason: `too large: ${leftOut.join(', ')}` };
    log.info('inbound received', { ...told, event_id: event.id, state: 'published', ...reason });
    return {
      status: 202,
      body: {
        status: 'accepted',
        id: event.id,
        left_out: leftOut.map((key) => ({ field: `payload.${key}`, message: 'is too large' })),
      },
    };
  };
}
