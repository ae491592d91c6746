import { createDelivery } from '../../shared/delivery.ts';
import type { Attempt, Delivery, WebhookMessage } from '../../shared/delivery.ts';
import { anEvent, noon, noonMs } from './an-event.ts';

export const anAttempt = (overrides: Partial<Attempt> = {}): Attempt => ({
  at: noon,
  duration_ms: 12,
  status: 200,
  response_body: 'ok',
  ...overrides,
});

/** A delivery of `anEvent` that the receiver took at once. */
export const aDelivery = (overrides: Partial<Delivery> = {}): Delivery => ({
  ...createDelivery(
    anEvent(),
    { id: 'wh_01', name: 'Library' },
    { state: 'delivered', attempts: [anAttempt()] },
    noonMs,
  ),
  ...overrides,
});

/** The first queue message of a delivery. */
export const aWebhookMessage = (overrides: Partial<WebhookMessage> = {}): WebhookMessage => ({
  event: anEvent(),
  webhook_id: 'wh_01',
  attempts: [],
  ...overrides,
});
