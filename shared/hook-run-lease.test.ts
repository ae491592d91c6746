import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isLive,
  leaseMs,
  leaseRefreshMs,
  noteStart,
  refreshLease,
  releaseLease,
  startingMs,
  takeLease,
} from './hook-run-lease.ts';
import type { Lease } from './hook-run-lease.ts';

const now = 1_000_000;
const lease = (fields: Partial<Lease> = {}): Lease => ({
  state: 'held',
  task_arn: 'task/a',
  lease_until: now + 1,
  version: 7,
  failures: 2,
  ...fields,
});

describe('the lease of the hook worker', () => {
  it.each([
    ['absent', undefined, false],
    ['held', lease(), true],
    ['held and run out', lease({ lease_until: now }), false],
    ['starting', lease({ state: 'starting' }), true],
    ['starting for too long', lease({ state: 'starting', lease_until: now }), false],
    ['released', lease({ state: 'released' }), false],
  ])('when %s: others rely on it %s', (_, seen, expected) => {
    expect(isLive(seen, now)).toBe(expected);
  });

  it.each([
    ['absent', undefined, true],
    ['released', lease({ state: 'released', lease_until: 0 }), true],
    ['run out', lease({ lease_until: now }), true],
    ['kept for a task that starts', lease({ state: 'starting' }), true],
    ['its own', lease({ task_arn: 'task/b' }), true],
    ['held by another worker that lives', lease(), false],
  ])('a worker takes it when it is %s: %s', (_, seen, takes) => {
    const taken = takeLease(seen, 'task/b', now);
    expect(taken !== undefined).toBe(takes);
    if (taken) expect(taken).toMatchObject({ state: 'held', task_arn: 'task/b', lease_until: now + leaseMs });
  });

  it('is renewed by its holder only, who has then proved to work', () => {
    expect(refreshLease(lease(), 'task/a', now)).toEqual(
      lease({ lease_until: now + leaseMs, version: 8, failures: 0 }),
    );
    expect(refreshLease(lease(), 'task/b', now)).toBeUndefined();
    expect(refreshLease(lease({ state: 'released' }), 'task/a', now)).toBeUndefined();
    expect(refreshLease(lease({ state: 'starting' }), 'task/a', now)).toBeUndefined();
    expect(refreshLease(undefined, 'task/a', now)).toBeUndefined();
  });

  it('is released by its task only, and counts ends that were failures', () => {
    expect(releaseLease(lease(), 'task/a', 'clean')).toMatchObject({ state: 'released', failures: 0 });
    expect(releaseLease(lease(), 'task/a', 'failed')).toMatchObject({ state: 'released', failures: 3 });
    expect(releaseLease(lease(), 'task/b', 'clean')).toBeUndefined();
    expect(releaseLease(lease({ state: 'released' }), 'task/a', 'failed')).toBeUndefined();
    expect(releaseLease(undefined, 'task/a', 'clean')).toBeUndefined();
  });

  it('outlives two missed renewals, and a start outlives the slowest Fargate', () => {
    expect(leaseMs).toBeGreaterThan(2 * leaseRefreshMs);
    expect(startingMs).toBeGreaterThanOrEqual(120_000);
  });

  it('gets a higher version with every change, so that no start token is given out twice', () => {
    const change = fc.constantFrom(
      (seen: Lease | undefined, at: number) => noteStart(seen, 'task/a', at),
      (seen: Lease | undefined, at: number) => takeLease(seen, 'task/a', at),
      (seen: Lease | undefined, at: number) => takeLease(seen, 'task/b', at),
      (seen: Lease | undefined, at: number) => refreshLease(seen, 'task/a', at),
      (seen: Lease | undefined) => releaseLease(seen, 'task/a', 'clean'),
      (seen: Lease | undefined) => releaseLease(seen, 'task/b', 'failed'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(change, fc.nat(200_000))), (changes) => {
        let seen: Lease | undefined;
        let at = now;
        for (const [next, passedMs] of changes) {
          at += passedMs;
          const after = next(seen, at);
          if (after === undefined) continue;
          expect(after.version).toBeGreaterThan(seen?.version ?? 0);
          seen = after;
        }
      }),
    );
  });
});
