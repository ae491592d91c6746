import * as z from 'zod';
import { toAttempt } from '../../shared/attempt.ts';
import { createExecutionEvent, createDelivery } from '../../shared/delivery.ts';
import type { Delivery } from '../../shared/delivery.ts';
import type { OpenSigning } from '../../shared/aws/open-signing.ts';
import type { PublishEvents } from '../../shared/aws/put-events.ts';
import { catalog } from '../../shared/catalog.ts';
import type { EventName } from '../../shared/catalog.ts';
import type { PostSigned } from '../../shared/egress/post-signed.ts';
import { createEvent, renderBody } from '../../shared/event.ts';
import { parseFields } from '../../shared/parse-request.ts';
import { isSuccess } from '../../shared/retry.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/runtime/http.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { requireWebhook } from './manage-webhooks.ts';
import type { WebhookDependencies } from './manage-webhooks.ts';

interface Dependencies {
  readonly webhooks: Pick<WebhookDependencies['webhooks'], 'get'>;
  readonly openSigning: OpenSigning;
  readonly post: PostSigned;
  readonly putDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  readonly publishEvents: PublishEvents;
  readonly createEventId: (nowMs: number) => string;
  readonly now: () => number;
  readonly log: Log;
}

/** The answer must be out before the gateway's 30 s: a receiver that takes longer is told of as a timeout. */
const testTimeoutSecondsMax = 25;
const sampleOfAll: EventName = 'subtitle_downloaded';

/** `POST /api/v1/webhooks/{id}/test`: one POST now with the event's sample, no retry; logged, not counted. */
export function createTestWebhook(dependencies: Dependencies) {
  const { webhooks, openSigning, post, putDeliveries, publishEvents, createEventId, now, log } = dependencies;
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    if (request.body !== undefined && request.body.trim() !== '' && request.body.trim() !== '{}') {
      parseFields(
        z.undefined({ error: 'the test takes no body: it sends the sample of the event' }),
        request.body,
      );
    }
    const webhook = await requireWebhook(webhooks, request);
    const [subscribed = '*'] = webhook.event_names;
    const eventName = subscribed === '*' ? sampleOfAll : subscribed;
    const event = createEvent(
      { id: createEventId(now()), tenant: request.tenant, eventName, data: catalog[eventName].sample },
      now(),
    );
    const startedAt = now();
    const result = await post({
      url: webhook.url,
      signing: await openSigning(webhook),
      id: event.id,
      eventName,
      body: renderBody(event),
      timeoutSeconds: Math.min(webhook.timeout_seconds, testTimeoutSecondsMax),
    });
    const attempt = toAttempt(result, startedAt);
    const success = result.kind === 'answered' && isSuccess(result.status);
    const delivery = createDelivery(
      event,
      webhook,
      { state: success ? 'delivered' : 'exhausted', attempts: [attempt], test: true },
      now(),
    );
    await putDeliveries([delivery]);
    const rejected = await publishEvents([createExecutionEvent(delivery, now())]);
    log.info('webhook tested', {
      delivery_id: delivery.id,
      endpoint_id: webhook.id,
      state: delivery.state,
      duration_ms: attempt.duration_ms,
      failed: rejected.length,
    });
    return {
      status: 200,
      body: {
        success,
        delivery_id: delivery.id,
        event_id: event.id,
        event_name: eventName,
        status: attempt.status ?? null,
        duration_ms: attempt.duration_ms,
        response_body: attempt.response_body ?? null,
        error: attempt.error ?? null,
        error_class: attempt.error_class ?? null,
      },
    };
  };
}
