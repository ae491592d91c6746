import { describe, expect, test } from 'vitest';
import { aDelivery, anAttempt, aWebhookMessage } from '../../test/builders/a-delivery.ts';
import { aWebhook } from '../../test/builders/a-webhook.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import type { Delivery, WebhookMessage } from '../../shared/delivery.ts';
import type { Webhook } from '../../shared/webhook.ts';
import { admitDelivery } from './admit-delivery.ts';
import type { Admission, Lane } from './admit-delivery.ts';

interface Known {
  readonly message?: Partial<WebhookMessage>;
  readonly webhook?: Partial<Webhook> | null;
  readonly row?: Partial<Delivery>;
  readonly lane?: Lane;
}
const admit = ({ message = {}, webhook = {}, row, lane = 'fast' }: Known): Admission =>
  admitDelivery(aWebhookMessage(message), {
    webhook: webhook === null ? undefined : aWebhook(webhook),
    delivery: row === undefined ? undefined : aDelivery(row),
    lane,
    nowMs: noonMs,
  });
const open = { until: noonMs + 1, level: 0, reason: 'failing' } as const;
const over = { ...open, until: noonMs };
const late = { late_until: noonMs + 1 };

describe('a message', () => {
  test.each<[string, Known, Admission['kind']]>([
    ['of a webhook in good health is sent', {}, 'send'],
    ['whose row is not further on than it is sent', { row: { state: 'retrying', attempts: [] } }, 'send'],
    ['of what was delivered is dropped', { row: { state: 'delivered' } }, 'drop'],
    [
      'of what was parked is dropped, also when its webhook is enabled again',
      { row: { state: 'parked' } },
      'drop',
    ],
    [
      'of an attempt that was made already is dropped',
      { row: { state: 'retrying', attempts: [anAttempt()] } },
      'drop',
    ],
    ['of an earlier round is dropped', { row: { state: 'retrying', attempts: [], round: 1 } }, 'drop'],
    ['of a later round is sent', { message: { round: 1 }, row: { state: 'delivered' } }, 'send'],
    ['of a deleted webhook is closed', { webhook: null }, 'close'],
    ['of a disabled webhook is closed', { webhook: { enabled: false } }, 'close'],
    [
      'of a disabled webhook is closed although it is left alone',
      { webhook: { enabled: false, circuit: open } },
      'close',
    ],
    ['that came late is dropped rather than closed', { webhook: null, row: { state: 'delivered' } }, 'drop'],
    ['to an endpoint that is left alone waits', { webhook: { circuit: open } }, 'wait'],
    ['to an endpoint that was left alone long enough probes it', { webhook: { circuit: over } }, 'probe'],
    ['probes also what is slow, in the lane where it is', { webhook: { circuit: over, ...late } }, 'probe'],
    ['to a slow endpoint goes by the slow lane', { webhook: late }, 'move'],
    ['in the slow lane is sent there', { webhook: late, lane: 'slow' }, 'send'],
    ['to an endpoint that was slow is sent', { webhook: { late_until: noonMs } }, 'send'],
  ])('%s', (_title, known, kind) => {
    expect(admit(known).kind).toBe(kind);
  });

  test('that is closed says by which state, why, and under which name', () => {
    expect(admit({ webhook: { enabled: false } })).toEqual({
      kind: 'close',
      state: 'parked',
      reason: 'the webhook is disabled',
      name: 'Library',
    });
    expect(admit({ webhook: null, row: { state: 'retrying', endpoint_name: 'Old', attempts: [] } })).toEqual({
      kind: 'close',
      state: 'filtered',
      reason: 'the webhook was deleted',
      name: 'Old',
    });
  });
});
