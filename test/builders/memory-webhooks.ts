import type { WebhookHealth, WebhookNews } from '../../shared/aws/webhook-table.ts';
import { drainMs, isFailing, openCircuit } from '../../shared/circuit.ts';
import type { Circuit } from '../../shared/circuit.ts';
import { shouldDisable } from '../../shared/webhook.ts';
import type { Webhook } from '../../shared/webhook.ts';

/** Webhooks and their health in memory. */
export function memoryWebhooks(given: readonly Webhook[], now: () => number) {
  const rows = new Map(given.map((webhook) => [webhook.id, webhook]));
  const change = (id: Webhook['id'], fields: Partial<Webhook>): Webhook | undefined => {
    const known = rows.get(id);
    if (known === undefined) return undefined;
    const changed = { ...known, ...fields };
    rows.set(id, changed);
    return changed;
  };

  const circuitAfter = (
    { tally, probed, slowDownMs }: WebhookNews,
    counted: Webhook,
  ): Circuit | undefined => {
    const before = probed?.isAlive === false ? probed.circuit : undefined;
    if (slowDownMs !== undefined && (slowDownMs > 0 || tally.failedAttempts > 0)) {
      return openCircuit('slowed_down', before, slowDownMs, now());
    }
    const { failed_attempts: failures = 0, failing_since: since = now() } = counted;
    const streak = { failures, since, lastAt: Date.parse(tally.last.at) };
    return before !== undefined || (tally.failedAttempts > 0 && isFailing(streak, now()))
      ? openCircuit('failing', before, 0, now())
      : undefined;
  };

  const health: WebhookHealth = {
    async record(news) {
      const { id, tally, probed, disable } = news;
      const known = rows.get(id);
      if (known === undefined) return undefined;
      const isFailedProbe = probed?.isAlive === false && tally.trailingFailures === 0;
      const failures = isFailedProbe ? 1 : tally.trailingFailures;
      const counted = change(id, {
        consecutive_failures: (tally.anySuccess ? 0 : known.consecutive_failures) + failures,
        failed_attempts: (tally.anySuccess ? 0 : (known.failed_attempts ?? 0)) + tally.failedAttempts,
        failing_since:
          tally.failedAttempts === 0
            ? undefined
            : ((tally.anySuccess ? undefined : known.failing_since) ?? now()),
        trigger_count: known.trigger_count + tally.finished,
        ...(probed?.isAlive === true ? { circuit: undefined, drain_until: now() + drainMs } : {}),
      });
      if (counted?.enabled !== true) return counted;
      if (disable !== undefined || shouldDisable(counted)) {
        return change(id, { enabled: false, disabled_reason: disable ?? 'failing', circuit: undefined });
      }
      const circuit = circuitAfter(news, counted);
      const { circuit: open } = counted;
      const stands =
        open !== undefined && open.until !== probed?.circuit.until && open.until >= (circuit?.until ?? 0);
      return circuit === undefined || stands ? counted : change(id, { circuit });
    },
    async claimProbe({ id }, circuit, holdMs) {
      if (rows.get(id)?.circuit?.until !== circuit.until) return undefined;
      return change(id, { circuit: { ...circuit, until: now() + holdMs } })?.circuit;
    },
    async markLate({ id }, late_until) {
      change(id, { late_until });
    },
  };
  return { rows, change, health, find: async (id: Webhook['id']) => rows.get(id) };
}
