import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aWebhook } from '../test/builders/a-webhook.ts';
import { noon, noonMs } from '../test/builders/an-event.ts';
import { consecutiveFailuresMax } from './limits.ts';
import {
  disabledReason,
  mergeTallies,
  secretMask,
  shouldDisable,
  tallyDeliveries,
  viewWebhook,
  webhookIsMissing,
} from './webhook.ts';
import type { FinishedDelivery } from './webhook.ts';

const finished = fc
  .record({
    success: fc.boolean(),
    ms: fc.nat({ max: 5 }),
    status: fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
  })
  .map(({ success, ms, status }): FinishedDelivery => ({
    success,
    statusCode: status,
    error: success ? undefined : 'why',
    at: new Date(noonMs + ms).toISOString(),
  }));

describe('a tally', () => {
  test('of nothing is none', () => {
    expect(tallyDeliveries([])).toBeUndefined();
  });

  test('counts like one who walks through the deliveries in the order of their time', () => {
    fc.assert(
      fc.property(fc.array(finished, { minLength: 1 }), fc.nat({ max: 20 }), (deliveries, before) => {
        const ordered = [0, 1, 2, 3, 4, 5].flatMap((ms) =>
          deliveries.filter(({ at }) => at === new Date(noonMs + ms).toISOString()),
        );
        let failures = before;
        for (const { success } of ordered) failures = success ? 0 : failures + 1;

        const tally = tallyDeliveries(deliveries);
        const counted = tally?.anySuccess ? tally.trailingFailures : before + (tally?.trailingFailures ?? 0);
        expect(counted).toBe(failures);
        expect(tally?.finished).toBe(deliveries.length);
        expect(tally?.anySuccess).toBe(deliveries.some(({ success }) => success));
        const last = ordered.at(-1);
        expect(tally?.last).toEqual({ statusCode: last?.statusCode, error: last?.error, at: last?.at });
      }),
    );
  });
});

test('two tallies merged are the tally of both batches', () => {
  fc.assert(
    fc.property(
      fc.array(finished, { minLength: 1 }),
      fc.array(finished, { minLength: 1 }),
      (first, second) => {
        const later = second.map((one) => ({
          ...one,
          at: new Date(Date.parse(one.at) + 1000).toISOString(),
        }));
        const [a, b] = [tallyDeliveries(first), tallyDeliveries(later)];
        if (a === undefined || b === undefined) throw new Error('no tally');
        expect(mergeTallies(a, b)).toEqual(tallyDeliveries([...first, ...later]));
      },
    ),
  );
});

describe('a webhook as the API shows it', () => {
  test('masks the secret and holds neither the sealed one nor the tenant', () => {
    const view = viewWebhook(aWebhook());
    expect(view.secret).toBe(secretMask);
    expect(view).not.toHaveProperty('sealed_secret');
    expect(view).not.toHaveProperty('tenant');
  });

  test('shows the secret when told to, as the answer to its creation is', () => {
    expect(viewWebhook(aWebhook(), 'whsec_x').secret).toBe('whsec_x');
  });

  test('has every field also before anything was sent, as null', () => {
    expect(viewWebhook(aWebhook())).toMatchObject({
      disabled_reason: null,
      last_status_code: null,
      last_error: null,
      last_triggered_at: null,
    });
    expect(viewWebhook(aWebhook({ last_status_code: 0, last_triggered_at: noon }))).toMatchObject({
      last_status_code: 0,
      last_triggered_at: noon,
    });
  });

  test.each([
    [['*' as const], '*'],
    [['config_updated' as const], 'config_updated'],
    [['config_updated' as const, 'batch_complete' as const], null],
  ])('names the events %j, and the one event %j', (event_names, event_name) => {
    expect(viewWebhook(aWebhook({ event_names }))).toMatchObject({ event_names, event_name });
  });
});

test('a webhook is disabled from the tenth failure in a row on, and told so', () => {
  expect([9, 10, 11].map(shouldDisable)).toEqual([false, true, true]);
  expect(disabledReason(consecutiveFailuresMax)).toMatch(/after 10 consecutive .* PUT \{"enabled": true\}/);
});

test('a missing webhook is named', () => {
  expect(webhookIsMissing('wh_x')).toMatchObject({ status: 404, message: expect.stringContaining('"wh_x"') });
});
