import type { WebhookHealth } from '../../shared/aws/webhook-table.ts';
import type { Webhook } from '../../shared/webhook.ts';
import type { AtCircuit } from './wait-for-circuit.ts';

/** Each with its circuit as the claims left it. */
export interface ClaimedProbes {
  readonly probing: readonly AtCircuit[];
  readonly waiting: readonly AtCircuit[];
}

export interface ClaimDependencies {
  readonly health: Pick<WebhookHealth, 'claimProbe'>;
  /** Told of every webhook whose circuit is held now, for whoever reads webhooks from memory. */
  readonly onWebhook: (webhook: Webhook) => void;
  readonly now: () => number;
}

/** While one delivery probes, in milliseconds beyond its timeout, the others wait. */
const probeMarginMs = 15_000;

/**
 * Makes what claims the probes of a batch: one delivery may probe an endpoint that was left alone, the others wait
 * for what it finds out.
 */
export function createClaimProbes({ health, onWebhook, now }: ClaimDependencies) {
  const claimOne = async (first: AtCircuit, others: readonly AtCircuit[]): Promise<ClaimedProbes> => {
    const { webhook, circuit } = first;
    const holdMs = webhook.timeout_seconds * 1000 + probeMarginMs;
    const claimed = await health.claimProbe(webhook, circuit, holdMs);
    const held = claimed ?? { ...circuit, until: now() + holdMs };
    onWebhook({ ...webhook, circuit: held });
    const waiting = claimed === undefined ? [first, ...others] : others;
    return {
      probing: claimed === undefined ? [] : [{ ...first, circuit: claimed }],
      waiting: waiting.map((each) => ({ ...each, circuit: held })),
    };
  };

  return async (probes: readonly AtCircuit[]): Promise<ClaimedProbes> => {
    const byWebhook = Map.groupBy(probes, ({ webhook }) => `${webhook.tenant} ${webhook.id}`);
    const claims = await Promise.all(
      Array.from(byWebhook.values(), async ([first, ...others]) =>
        first === undefined ? { probing: [], waiting: [] } : claimOne(first, others),
      ),
    );
    return {
      probing: claims.flatMap(({ probing }) => probing),
      waiting: claims.flatMap(({ waiting }) => waiting),
    };
  };
}
