import type { HookMessage } from '../../shared/delivery.ts';
import type { Hook, Script } from '../../shared/hook.ts';
import { anEvent, noon } from './an-event.ts';

/** An enabled hook whose script never ran. */
export const aHook = (overrides: Partial<Hook> = {}): Hook => ({
  id: 'hk_01',
  tenant: 'default',
  name: 'Notify',
  event_names: ['*'],
  script: 'notify.sh',
  script_sha256: 'ab'.repeat(32),
  timeout_seconds: 30,
  enabled: true,
  consecutive_failures: 0,
  trigger_count: 0,
  created_at: noon,
  updated_at: noon,
  ...overrides,
});

/** The row of an uploaded script. */
export const aScript = (overrides: Partial<Script> = {}): Script => ({
  tenant: 'default',
  name: 'notify.sh',
  sha256: 'ab'.repeat(32),
  size: 12,
  versions: [],
  created_at: noon,
  updated_at: noon,
  ...overrides,
});

/** The queue message of a run. */
export const aHookMessage = (overrides: Partial<HookMessage> = {}): HookMessage => ({
  event: anEvent(),
  hook_id: 'hk_01',
  ...overrides,
});
