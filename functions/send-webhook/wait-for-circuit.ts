import type { Circuit } from '../../shared/circuit.ts';
import { carriedFields, createDelivery } from '../../shared/delivery.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import { queueDelaySecondsMax } from '../../shared/limits.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { Lane } from './admit-delivery.ts';
import type { Step } from './step.ts';

/** The wait of those that stand before an open circuit, spread over half of it so that they come one by one. */
const waitSpread = 0.5;
/**
 * They look again after so many milliseconds at least, which with the spread is what a queue can delay: whoever
 * enables a webhook anew need not wait until its circuit would have closed.
 */
const waitMsMax = (queueDelaySecondsMax * 1000) / (1 + waitSpread);
const waitMsMin = 1000;

/** A message that stands before a circuit. */
export interface AtCircuit {
  readonly received: Received<WebhookMessage>;
  readonly webhook: Webhook;
  readonly circuit: Circuit;
  /** Whether the ledger has a row of its delivery. */
  readonly isKnown: boolean;
}

/**
 * Lets a message wait until its circuit may be probed. A row that there is says enough; else one tells why it waits.
 * @param options.random a number in [0, 1)
 */
export function waitForCircuit(
  { received: { messageId, body }, webhook, circuit, isKnown }: AtCircuit,
  options: { readonly lane: Lane; readonly nowMs: number; readonly random: number },
): Step {
  const { lane, nowMs, random } = options;
  const waitMs = Math.min(Math.max(circuit.until - nowMs, waitMsMin), waitMsMax);
  const dueMs = nowMs + Math.round(waitMs * (1 + waitSpread * random));
  // Its place in line, if it had one, is over by then.
  const { has_slot: _slot, ...message } = body;
  const step: Step = { messageId, next: { message, dueMs, lane } };
  if (isKnown) return step;
  return {
    ...step,
    delivery: createDelivery(
      body.event,
      webhook,
      {
        state: 'retrying',
        attempts: body.attempts,
        retrying_until: new Date(Math.max(dueMs, circuit.until)).toISOString(),
        reason: `the endpoint is left alone for a while (${circuit.reason})`,
        ...carriedFields(body),
      },
      nowMs,
    ),
  };
}
