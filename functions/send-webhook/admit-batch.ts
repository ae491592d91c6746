import { assertNever } from '../../shared/assert-never.ts';
import { carriedFields, createDelivery } from '../../shared/delivery.ts';
import type { WebhookMessage } from '../../shared/delivery.ts';
import type { Log } from '../../shared/runtime/log.ts';
import type { Received } from '../../shared/runtime/queue.ts';
import { admitDelivery } from './admit-delivery.ts';
import type { Admission, Lane } from './admit-delivery.ts';
import { createClaimProbes } from './claim-probes.ts';
import type { ClaimDependencies } from './claim-probes.ts';
import type { Outgoing } from './fly-delivery.ts';
import { keepFurthest } from './keep-furthest.ts';
import type { Candidate, Limited } from './keep-limits.ts';
import type { ReadBatch } from './read-batch.ts';
import type { Step } from './step.ts';
import { waitForCircuit } from './wait-for-circuit.ts';
import type { AtCircuit } from './wait-for-circuit.ts';

export interface AdmitDependencies extends ClaimDependencies {
  readonly readBatch: ReadBatch;
  readonly keepLimits: (candidates: readonly Candidate[]) => Promise<Limited>;
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

/** What of a batch is sent now, and what became of the others. */
export interface AdmittedBatch {
  readonly outgoing: readonly Outgoing[];
  /** Of those that wait, move to the other lane or end here. A message that is overtaken has none. */
  readonly steps: readonly Step[];
  /** Gives back the places in flight, when all are sent. */
  readonly release: () => Promise<void>;
}

/** Makes what decides on a batch: what is due, known to the ledger, probing an endpoint or within its limits. */
export function createAdmitBatch(dependencies: AdmitDependencies) {
  const { readBatch, keepLimits, now, random, log } = dependencies;
  const claimProbes = createClaimProbes(dependencies);

  return async (messages: readonly Received<WebhookMessage>[], lane: Lane): Promise<AdmittedBatch> => {
    const [due, early] = splitDue(messages, now());
    const steps: Step[] = early.map(({ messageId, body }) => ({
      messageId,
      next: { message: body, dueMs: body.not_before ?? 0, lane },
    }));
    const candidates: Candidate[] = [];
    const probes: AtCircuit[] = [];
    const known = due.length === 0 ? undefined : await readBatch(due.map(({ body }) => body));
    const furthest = keepFurthest(due);
    const wait = (each: AtCircuit): Step => waitForCircuit(each, { lane, nowMs: now(), random: random() });

    for (const received of due) {
      const { messageId, body: message } = received;
      const delivery = known?.deliveryOf(message);
      const isKnown = delivery !== undefined;
      const admission: Admission = furthest.has(received)
        ? admitDelivery(message, { webhook: known?.webhookOf(message), delivery, lane, nowMs: now() })
        : { kind: 'drop' };
      switch (admission.kind) {
        case 'send':
          candidates.push({ messageId, message, webhook: admission.webhook });
          break;
        case 'probe':
          probes.push({ received, webhook: admission.webhook, circuit: admission.circuit, isKnown });
          break;
        case 'wait':
          steps.push(wait({ received, webhook: admission.webhook, circuit: admission.circuit, isKnown }));
          break;
        case 'move':
          steps.push({ messageId, next: { message, dueMs: 0, lane: 'slow' } });
          break;
        case 'drop':
          log.info('message overtaken', { event_id: message.event.id, endpoint_id: message.webhook_id });
          break;
        case 'close':
          steps.push(close(received, admission, now()));
          break;
        default:
          assertNever(admission);
      }
    }

    const { probing, waiting } = await claimProbes(probes);
    const limited = await keepLimits(candidates);
    return {
      steps: [
        ...steps,
        ...waiting.map(wait),
        ...limited.later.map(({ messageId, ...next }) => ({ messageId, next: { ...next, lane } })),
      ],
      outgoing: [
        ...limited.go.map((candidate) => ({ candidate })),
        ...probing.map(({ received: { messageId, body }, webhook, circuit }) => ({
          candidate: { messageId, message: body, webhook },
          probed: circuit,
        })),
      ],
      release: limited.release,
    };
  };
}

/** The messages whose next attempt is due, and those that a queue could not delay for long enough. */
function splitDue(messages: readonly Received<WebhookMessage>[], nowMs: number) {
  const isDue = ({ body }: Received<WebhookMessage>): boolean => (body.not_before ?? 0) <= nowMs;
  return [messages.filter(isDue), messages.filter((message) => !isDue(message))] as const;
}

const close = (
  { messageId, body: message }: Received<WebhookMessage>,
  { state, reason, name }: Extract<Admission, { kind: 'close' }>,
  nowMs: number,
): Step => ({
  messageId,
  delivery: createDelivery(
    message.event,
    { id: message.webhook_id, name },
    { state, reason, attempts: message.attempts, ...carriedFields(message) },
    nowMs,
  ),
});
