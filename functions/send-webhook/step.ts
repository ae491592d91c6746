import type { Circuit } from '../../shared/circuit.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { AttemptResult } from '../../shared/retry.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { Lane } from './admit-delivery.ts';

/** What became of a message: a new state of its row, a message that carries on, or both. */
export interface Step {
  readonly messageId: string;
  readonly delivery?: Delivery;
  /** Due at `dueMs`, epoch milliseconds. */
  readonly next?: { readonly message: WebhookMessage; readonly dueMs: number; readonly lane: Lane };
  readonly attempted?: {
    readonly webhook: Webhook;
    readonly result: AttemptResult;
    /** The open circuit that the attempt probed, as it was claimed. */
    readonly probed?: Circuit;
  };
}
