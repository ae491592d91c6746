import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepOf } from './move-messages.ts';

describe('the steps of a move task', () => {
  it('never move faster than the rate, and nearly as fast', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (rate) => {
        const { delayMs, messages } = stepOf(rate);
        const perSecond = (1_000 * messages) / delayMs;
        expect(perSecond).toBeLessThanOrEqual(rate);
        expect(perSecond).toBeGreaterThan(rate * 0.98);
      }),
    );
  });
});
