import * as z from 'zod';
import { hookRetryCountDefault } from './limits.ts';
import { retryScheduleSchema } from './retry-schedule.ts';
import type { Retrying } from './retry-schedule.ts';
import { viewFilter } from './filter-fields.ts';
import type { HookId } from './ids.ts';
import { subscriptionSchema, thresholdOf } from './webhook.ts';

const hookIdSchema = z.custom<HookId>((id) => typeof id === 'string' && id.startsWith('hk_'));

/** A hook as it is stored: which events run which script. */
export const hookSchema = z.object({
  id: hookIdSchema,
  tenant: z.string(),
  name: z.string(),
  event_names: subscriptionSchema,
  /** An event pattern as JSON text. */
  filter: z.string().optional(),
  /** The script's name, and the content that this hook is pinned to. */
  script: z.string(),
  script_sha256: z.string(),
  timeout_seconds: z.int(),
  /** When a run that exits 75 is tried again. */
  retry_count: z.int().optional(),
  retry_schedule: retryScheduleSchema.optional(),
  /** Failed runs in a row that disable it. */
  failure_threshold: z.int().optional(),
  enabled: z.boolean(),
  /** Why the system disabled it; absent while it is enabled or when its owner did. */
  disabled_reason: z.string().optional(),
  consecutive_failures: z.int().default(0),
  trigger_count: z.int(),
  last_status: z.string().optional(),
  last_triggered_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Hook = z.infer<typeof hookSchema>;

/** When a run that asks for it is tried again. */
export const retryingOf = ({ retry_count, retry_schedule }: Hook): Retrying => ({
  retry_count: retry_count ?? hookRetryCountDefault,
  retry_schedule,
});

/** Whether a hook has failed so often in a row that it is to be disabled. */
export const shouldDisableHook = (hook: Hook): boolean => hook.consecutive_failures >= thresholdOf(hook);

/** Says, from half of the threshold on, that a hook is about to be disabled; null before and after. */
export function warningOfHook(hook: Hook): string | null {
  const [failures, threshold] = [hook.consecutive_failures, thresholdOf(hook)];
  if (!hook.enabled || failures === 0 || failures * 2 < threshold) return null;
  return `${failures} consecutive runs failed; at ${threshold} it will be disabled. Last status: ${hook.last_status ?? 'none'}`;
}

const howToEnable = ({ id }: Pick<Hook, 'id'>): string =>
  `Mend the script, move the hook to it, then POST /api/v1/hooks/${id}/enable; {"replay": true} runs what was parked meanwhile.`;

/** Why a hook was disabled that failed too often in a row. */
export const reasonOfFailures = (hook: Hook): string =>
  `Disabled after ${hook.consecutive_failures} consecutive failed runs (last status: ${hook.last_status ?? 'none'}). ${howToEnable(hook)}`;

/** Why a hook was disabled whose script asked for it. */
export const reasonOfExit = (hook: Pick<Hook, 'id'>): string =>
  `The script ended with exit code 78, which stops and disables its hook. ${howToEnable(hook)}`;

/** A hook as the API answers it. */
export function viewHook(hook: Hook) {
  const { tenant: _tenant, ...shown } = hook;
  return {
    ...shown,
    event_name: hook.event_names.length === 1 ? hook.event_names[0] : null,
    filter: viewFilter(hook.filter),
    retry_count: hook.retry_count ?? hookRetryCountDefault,
    retry_schedule: hook.retry_schedule ?? 'exponential',
    failure_threshold: thresholdOf(hook),
    warning: warningOfHook(hook),
    disabled_reason: hook.disabled_reason ?? null,
    last_status: hook.last_status ?? null,
    last_triggered_at: hook.last_triggered_at ?? null,
  };
}

/** A content that a script has or had, without its body. */
export const scriptVersionSchema = z.object({
  sha256: z.string(),
  /** Size of the body in bytes. */
  size: z.int(),
  /** When it was uploaded last. */
  created_at: z.string(),
});
export type ScriptVersion = z.infer<typeof scriptVersionSchema>;

/** An uploaded script, without its body. */
export const scriptSchema = z.object({
  tenant: z.string(),
  name: z.string(),
  /** Its current content, and the size of that in bytes. */
  sha256: z.string(),
  size: z.int(),
  /** Newest first, the current one at the front; none in rows from before they were kept. */
  versions: z.array(scriptVersionSchema).default([]),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Script = z.infer<typeof scriptSchema>;

/** Letters, digits, dot, dash and underscore: a name is a path segment of the API, never a path on disk. */
export const scriptNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 letters, digits, ".", "_" or "-"');

/** Which version of a script. */
export const scriptSha256Schema = z
  .string()
  .regex(
    /^[0-9a-f]{64}$/,
    'must be the 64 lower-case hex digits of a SHA-256; GET /api/v1/scripts/{name}/versions lists those that are kept',
  );
