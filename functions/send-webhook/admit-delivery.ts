import type { Circuit } from '../../shared/circuit.ts';
import { isOvertaken } from '../../shared/delivery.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { Webhook } from '../../shared/webhook.ts';

/** The queue that a message came by: slow endpoints have one of their own, so that they hold up no other. */
export type Lane = 'fast' | 'slow';

/** What is to be done with a message. */
export type Admission =
  | { readonly kind: 'send'; readonly webhook: Webhook }
  /** Its endpoint was left alone for a while: whoever claims the probe sends, the others wait. */
  | { readonly kind: 'probe'; readonly webhook: Webhook; readonly circuit: Circuit }
  | { readonly kind: 'wait'; readonly webhook: Webhook; readonly circuit: Circuit }
  /** On to the lane of slow endpoints. */
  | { readonly kind: 'move' }
  /** The ledger knows more than the message. */
  | { readonly kind: 'drop' }
  | {
      readonly kind: 'close';
      readonly state: 'filtered' | 'parked';
      readonly reason: string;
      readonly name: string;
    };

/** Decides on a message before anything is sent. */
export function admitDelivery(
  message: WebhookMessage,
  known: {
    readonly webhook: Webhook | undefined;
    readonly delivery: Delivery | undefined;
    readonly lane: Lane;
    readonly nowMs: number;
  },
): Admission {
  const { webhook, delivery, lane, nowMs } = known;
  if (delivery !== undefined && isOvertaken(message, delivery)) return { kind: 'drop' };
  if (webhook === undefined) {
    return {
      kind: 'close',
      state: 'filtered',
      reason: 'the webhook was deleted',
      name: delivery?.endpoint_name ?? '',
    };
  }
  if (!webhook.enabled) {
    return { kind: 'close', state: 'parked', reason: 'the webhook is disabled', name: webhook.name };
  }
  const { circuit } = webhook;
  if (circuit !== undefined) {
    return { kind: circuit.until > nowMs ? 'wait' : 'probe', webhook, circuit };
  }
  return lane === 'fast' && (webhook.late_until ?? 0) > nowMs ? { kind: 'move' } : { kind: 'send', webhook };
}
