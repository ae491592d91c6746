import * as z from 'zod';
import { viewFilter } from './filter-fields.ts';
import type { HookId } from './ids.ts';
import { subscriptionSchema } from './webhook.ts';

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
  enabled: z.boolean(),
  trigger_count: z.int(),
  last_status: z.string().optional(),
  last_triggered_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Hook = z.infer<typeof hookSchema>;

/** A hook as the API answers it. */
export function viewHook(hook: Hook) {
  const { tenant: _tenant, ...shown } = hook;
  return {
    ...shown,
    event_name: hook.event_names.length === 1 ? hook.event_names[0] : null,
    filter: viewFilter(hook.filter),
    last_status: hook.last_status ?? null,
    last_triggered_at: hook.last_triggered_at ?? null,
  };
}

/** An uploaded script, without its body. */
export const scriptSchema = z.object({
  tenant: z.string(),
  name: z.string(),
  sha256: z.string(),
  /** Size of the body in bytes. */
  size: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Script = z.infer<typeof scriptSchema>;

/** Letters, digits, dot, dash and underscore: a name is a path segment of the API, never a path on disk. */
export const scriptNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 letters, digits, ".", "_" or "-"');
