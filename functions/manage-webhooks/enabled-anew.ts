import type { Webhook } from '../../shared/webhook.ts';

/** What makes a webhook as good as new: its owner says that the receiver is mended. */
export const enabledAnew = {
  enabled: true,
  consecutive_failures: 0,
  failed_attempts: 0,
  failing_since: undefined,
  circuit: undefined,
  disabled_reason: undefined,
} satisfies Partial<Webhook>;
