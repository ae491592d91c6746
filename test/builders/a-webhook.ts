import type { Webhook } from '../../shared/webhook.ts';
import { noon } from './an-event.ts';

/** An enabled webhook that nothing was sent to yet. */
export const aWebhook = (overrides: Partial<Webhook> = {}): Webhook => ({
  id: 'wh_01',
  tenant: 'default',
  name: 'Library',
  event_names: ['*'],
  url: 'https://receiver.example/hook',
  sealed_secret: 'c2VhbGVk',
  retry_count: 3,
  timeout_seconds: 10,
  enabled: true,
  consecutive_failures: 0,
  trigger_count: 0,
  created_at: noon,
  updated_at: noon,
  ...overrides,
});
