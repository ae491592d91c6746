import { describe, expect, it } from 'vitest';
import { aHookMessage } from '../test/builders/a-hook.ts';
import { noonMs } from '../test/builders/an-event.ts';
import { delayRun, isFurther, nextRetry } from './hook-run-retry.ts';

describe('a run', () => {
  it.each([
    ['itself', {}, {}, false],
    ['its first run, being a retry', { retry: 1 }, {}, true],
    ['a later retry', { retry: 1 }, { retry: 2 }, false],
    ['every retry of an earlier round', { round: 1 }, { retry: 3 }, true],
    ['a later round, being a retry', { retry: 3 }, { round: 1 }, false],
  ])('has come further than %s: %j, %j → %s', (_, run, other, further) => {
    expect(isFurther(run, other)).toBe(further);
  });
});

describe('a retry', () => {
  it('is counted within its round', () => {
    expect(nextRetry(aHookMessage({ round: 2, retry: 1 }))).toEqual(aHookMessage({ round: 2, retry: 2 }));
  });

  it.each([
    [0, 0, false],
    [1, 1, false],
    [900_000, 900, false],
    [900_001, 900, true],
    [-5_000, 0, false],
  ])('due in %i ms is delayed by %i s', (ms, delaySeconds, saysWhen) => {
    const message = delayRun(aHookMessage({ retry: 1, not_before: 5 }), noonMs + ms, noonMs);
    expect(message).toMatchObject({ groupId: 'hk_01', delaySeconds });
    expect(JSON.parse(message.body)).toEqual(
      aHookMessage({ retry: 1, ...(saysWhen ? { not_before: noonMs + ms } : {}) }),
    );
  });
});
