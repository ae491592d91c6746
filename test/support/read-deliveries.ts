import { vi } from 'vitest';
import type * as z from 'zod';
import { isFinal } from '../../shared/delivery.ts';
import { deliveriesAnswerSchema } from '../../shared/ledger-answers.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';

export type ListedDelivery = z.output<typeof deliveriesAnswerSchema>['deliveries'][number];

/** Asks again while the answer is a 5xx: what is asked of a system with faults comes true in the end. */
export async function askUntilAnswered(ask: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  for (;;) {
    const answer = await ask();
    if (answer.status < 500) return answer;
  }
}

/** Every delivery that the ledger knows, page by page. */
export async function readDeliveries(api: Pick<ApiClient, 'get'>): Promise<readonly ListedDelivery[]> {
  const found: ListedDelivery[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { body } = await askUntilAnswered(() => api.get(`/api/v1/deliveries?limit=200${after}`));
    const page = deliveriesAnswerSchema.parse(body);
    found.push(...page.deliveries);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

/** What must have come to an end: these events at these webhooks. */
export interface Wanted {
  readonly eventIds: readonly string[];
  readonly webhookIds: readonly string[];
}

const keyOf = (eventId: string, webhookId: string | null): string => `${eventId} at ${webhookId}`;

/** Of what is wanted, what has no final state in the ledger. */
export function findOpen(deliveries: readonly ListedDelivery[], wanted: Wanted): readonly string[] {
  const final = new Set(
    deliveries.flatMap(({ event_id, webhook_id, state }) =>
      isFinal(state) ? keyOf(event_id, webhook_id) : [],
    ),
  );
  return wanted.eventIds
    .flatMap((eventId) => wanted.webhookIds.map((webhookId) => keyOf(eventId, webhookId)))
    .filter((key) => !final.has(key));
}

/**
 * Asks the ledger until every wanted event is in a final state at every wanted webhook, and nothing at all is open.
 * @param options.onStill is called each time that nothing has changed since the last question
 * @param options.activity a number that changes while somebody works: a machine may be too slow for the ledger to show it
 */
export async function waitUntilFinal(
  api: Pick<ApiClient, 'get'>,
  wanted: Wanted,
  options: {
    readonly timeoutMs: number;
    readonly onStill?: () => void;
    readonly activity?: () => number;
  },
): Promise<readonly ListedDelivery[]> {
  let last = '';
  return vi.waitFor(
    async () => {
      const deliveries = await readDeliveries(api);
      const open = findOpen(deliveries, wanted);
      const pending = deliveries.filter(({ state }) => !isFinal(state));
      if (open.length === 0 && pending.length === 0) return deliveries;
      const now = JSON.stringify([
        options.activity?.(),
        deliveries.map(({ id, state, attempt_count }) => [id, state, attempt_count]),
      ]);
      if (now === last) options.onStill?.();
      last = now;
      throw new Error(
        `${open.length} without a final state, such as ${open.slice(0, 5).join(', ')}; ${pending.length} pending`,
      );
    },
    { timeout: options.timeoutMs, interval: 300 },
  );
}
