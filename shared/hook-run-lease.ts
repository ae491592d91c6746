import * as z from 'zod';

/**
 * Who works in a place at the queue of hook runs. One row says it for all: `starting` while a task is being started,
 * `held` by a worker that lives, `released` by one that left. The first place has a worker whenever there is anything
 * to do; those in the others come for a backlog.
 */
export const leaseSchema = z.object({
  state: z.enum(['starting', 'held', 'released']),
  task_arn: z.string(),
  /** Epoch milliseconds until which others rely on it. */
  lease_until: z.number(),
  /** Grows with every write: what a write must have seen. */
  version: z.int(),
  /** Workers in a row that ended badly before they had worked for a while. */
  failures: z.int(),
});
export type Lease = z.infer<typeof leaseSchema>;

/** A worker's lease without renewal. */
export const leaseMs = 60_000;
/** How often a worker renews its lease. */
export const leaseRefreshMs = 20_000;
/** How long others wait for a task that was asked for: Fargate takes 15 to 60 s. */
export const startingMs = 120_000;

export const isLive = (lease: Lease | undefined, nowMs: number): lease is Lease =>
  lease !== undefined && lease.state !== 'released' && lease.lease_until > nowMs;

const versionAfter = (seen: Lease | undefined): number => (seen?.version ?? 0) + 1;

/** A task was asked for: nobody else needs to. */
export const noteStart = (seen: Lease | undefined, taskArn: string, nowMs: number): Lease => ({
  state: 'starting',
  task_arn: taskArn,
  lease_until: nowMs + startingMs,
  version: versionAfter(seen),
  failures: seen?.failures ?? 0,
});

/**
 * A worker takes the lease, even one that another task is expected to take: whoever is up first works, the other
 * finds it held and leaves. Undefined when another worker lives.
 */
export function takeLease(seen: Lease | undefined, taskArn: string, nowMs: number): Lease | undefined {
  if (isLive(seen, nowMs) && seen.state === 'held' && seen.task_arn !== taskArn) return undefined;
  return {
    state: 'held',
    task_arn: taskArn,
    lease_until: nowMs + leaseMs,
    version: versionAfter(seen),
    failures: seen?.failures ?? 0,
  };
}

/** A worker renews its lease. Undefined when it has lost it. */
export function refreshLease(seen: Lease | undefined, taskArn: string, nowMs: number): Lease | undefined {
  if (seen?.state !== 'held' || seen.task_arn !== taskArn) return undefined;
  return { ...seen, lease_until: nowMs + leaseMs, version: seen.version + 1, failures: 0 };
}

/** The lease after its task left. Undefined when it is not that task's. */
export function releaseLease(
  seen: Lease | undefined,
  taskArn: string,
  end: 'clean' | 'failed',
): Lease | undefined {
  if (seen === undefined || seen.state === 'released' || seen.task_arn !== taskArn) return undefined;
  return {
    ...seen,
    state: 'released',
    lease_until: 0,
    version: seen.version + 1,
    failures: end === 'failed' ? seen.failures + 1 : 0,
  };
}
