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
  tallyAttempts,
  viewWebhook,
  warningOf,
  webhookIsMissing,
} from './webhook.ts';
import type { MadeAttempt } from './webhook.ts';

const made = fc
  .record({
    success: fc.boolean(),
    final: fc.boolean(),
    ms: fc.nat({ max: 5 }),
    status: fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
  })
  .map(({ success, final, ms, status }): MadeAttempt => ({
    success,
    final: success || final,
    statusCode: status,
    error: success ? undefined : 'why',
    at: new Date(noonMs + ms).toISOString(),
  }));

describe('a tally', () => {
  test('of nothing is none', () => {
    expect(tallyAttempts([])).toBeUndefined();
  });

  test('counts like one who walks through the attempts in the order of their time', () => {
    fc.assert(
      fc.property(fc.array(made, { minLength: 1 }), fc.nat({ max: 20 }), (attempts, before) => {
        const ordered = [0, 1, 2, 3, 4, 5].flatMap((ms) =>
          attempts.filter(({ at }) => at === new Date(noonMs + ms).toISOString()),
        );
        let [failures, failedAttempts] = [before, before];
        for (const { success, final } of ordered) {
          if (success) [failures, failedAttempts] = [0, 0];
          else [failures, failedAttempts] = [failures + (final ? 1 : 0), failedAttempts + 1];
        }

        const tally = tallyAttempts(attempts);
        const counted = (count: number | undefined) => (tally?.anySuccess ? 0 : before) + (count ?? 0);
        expect(counted(tally?.trailingFailures)).toBe(failures);
        expect(counted(tally?.failedAttempts)).toBe(failedAttempts);
        expect(tally?.finished).toBe(attempts.filter(({ final }) => final).length);
        expect(tally?.anySuccess).toBe(attempts.some(({ success }) => success));
        const last = ordered.at(-1);
        expect(tally?.last).toEqual({ statusCode: last?.statusCode, error: last?.error, at: last?.at });
      }),
    );
  });
});

test('two tallies merged are the tally of both batches', () => {
  fc.assert(
    fc.property(fc.array(made, { minLength: 1 }), fc.array(made, { minLength: 1 }), (first, second) => {
      const later = second.map((one) => ({
        ...one,
        at: new Date(Date.parse(one.at) + 1000).toISOString(),
      }));
      const [a, b] = [tallyAttempts(first), tallyAttempts(later)];
      if (a === undefined || b === undefined) throw new Error('no tally');
      expect(mergeTallies(a, b)).toEqual(tallyAttempts([...first, ...later]));
    }),
  );
});

describe('a webhook as the API shows it', () => {
  test('masks the secret and holds neither the sealed one nor the tenant', () => {
    const view = viewWebhook(aWebhook(), noonMs);
    expect(view.secret).toBe(secretMask);
    expect(view).not.toHaveProperty('sealed_secret');
    expect(view).not.toHaveProperty('tenant');
  });

  test('holds nothing that is sealed, also within a rotation, and masks the values of its headers', () => {
    const until = new Date(noonMs + 60_000).toISOString();
    const later = new Date(noonMs + 90_000).toISOString();
    const ended = noon;
    const webhook = aWebhook({
      signature_schemes: ['v1', 'v1a'],
      retiring_secrets: [
        { sealed: 'hidden-1', until: ended },
        { sealed: 'hidden-2', until: later },
      ],
      sealed_private_key: 'hidden-3',
      public_key: 'whpk_now',
      retiring_private_keys: [{ sealed: 'hidden-4', until, public_key: 'whpk_before' }],
      header_names: ['Authorization', 'X-A'],
      sealed_headers: 'hidden-5',
    });
    const view = viewWebhook(webhook, noonMs);
    expect(JSON.stringify(view)).not.toMatch(/hidden|sealed/);
    expect(view).toMatchObject({
      signature_schemes: ['v1', 'v1a'],
      public_key: 'whpk_now',
      secret_rotation: {
        ends_at: later,
        retiring: [
          { scheme: 'v1a', until, public_key: 'whpk_before' },
          { scheme: 'v1', until: later },
        ],
      },
      headers: { Authorization: secretMask, 'X-A': secretMask },
    });
    expect(view).not.toHaveProperty('header_names');
    expect(viewWebhook(webhook, Date.parse(later)).secret_rotation).toBeNull();
  });

  test('that was written before there were other schemes signs by v1, with no rotation and no headers', () => {
    expect(viewWebhook(aWebhook(), noonMs)).toMatchObject({
      signature_schemes: ['v1'],
      public_key: null,
      secret_rotation: null,
      headers: {},
    });
  });

  test('shows the secret when told to, as the answer to its creation is', () => {
    expect(viewWebhook(aWebhook(), noonMs, 'whsec_x').secret).toBe('whsec_x');
  });

  test('has every field also before anything was sent, as null', () => {
    expect(viewWebhook(aWebhook(), noonMs)).toMatchObject({
      disabled_reason: null,
      last_status_code: null,
      last_error: null,
      last_triggered_at: null,
    });
    expect(viewWebhook(aWebhook({ last_status_code: 0, last_triggered_at: noon }), noonMs)).toMatchObject({
      last_status_code: 0,
      last_triggered_at: noon,
    });
  });

  test.each([
    [['*' as const], '*'],
    [['config_updated' as const], 'config_updated'],
    [['config_updated' as const, 'batch_complete' as const], null],
  ])('names the events %j, and the one event %j', (event_names, event_name) => {
    expect(viewWebhook(aWebhook({ event_names }), noonMs)).toMatchObject({ event_names, event_name });
  });
});

describe('a webhook that fails', () => {
  const failing = (consecutive_failures: number, failure_threshold?: number, enabled = true) =>
    aWebhook({
      consecutive_failures,
      enabled,
      last_error: 'HTTP 500',
      ...(failure_threshold === undefined ? {} : { failure_threshold }),
    });

  test('is disabled from the tenth failure in a row on, or from its own threshold on', () => {
    expect([9, 10, 11].map((failures) => shouldDisable(failing(failures)))).toEqual([false, true, true]);
    expect([1, 2, 3].map((failures) => shouldDisable(failing(failures, 2)))).toEqual([false, true, true]);
    expect(shouldDisable(failing(0, 1))).toBe(false);
    expect(shouldDisable(failing(consecutiveFailuresMax))).toBe(true);
  });

  test('says why it was disabled, and what to do', () => {
    const reason = disabledReason(failing(10));
    expect(reason).toMatch(/after 10 consecutive .*HTTP 500.*POST \/api\/v1\/webhooks\/wh_01\/enable/);
  });

  test.each([
    [failing(4), false],
    [failing(5), true],
    [failing(9), true],
    [failing(1, 3), false],
    [failing(2, 3), true],
    [failing(0, 1), false],
    [failing(9, undefined, false), false],
  ])('warns from half of its threshold on, while it is enabled: case %#', (webhook, isWarning) => {
    const warning = warningOf(webhook);
    if (!isWarning) expect(warning).toBeNull();
    else expect(warning).toMatch(/consecutive deliveries failed; at \d+ it will be disabled.*HTTP 500/);
    expect(viewWebhook(webhook, noonMs).warning).toBe(warning);
  });
});

test('a webhook that is left alone shows why and until when, and nothing of how that is counted', () => {
  const webhook = aWebhook({
    circuit: { reason: 'slowed_down', level: 2, until: noonMs },
    failed_attempts: 12,
    failing_since: noonMs,
    drain_until: noonMs,
    late_until: noonMs,
  });
  const view = viewWebhook(webhook, noonMs);
  expect(view.circuit).toEqual({ reason: 'slowed_down', until: noon });
  for (const field of ['failed_attempts', 'failing_since', 'drain_until', 'late_until'])
    expect(view).not.toHaveProperty(field);
  expect(viewWebhook(aWebhook(), noonMs).circuit).toBeNull();
});

test('a missing webhook is named', () => {
  expect(webhookIsMissing('wh_x')).toMatchObject({ status: 404, message: expect.stringContaining('"wh_x"') });
});
