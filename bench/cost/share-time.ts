import type { Usage } from '../../local/meter.ts';

type Invocation = Extract<Usage, { kind: 'invocation' }>;

interface Edge {
  readonly at: number;
  readonly delta: 1 | -1;
}

/**
 * How long each of some intervals would have lasted alone, had they shared one processor evenly: the time in which n
 * of them ran counts as 1/n for each. On Lambda every invocation has a processor of its own.
 */
export function shareEvenly(
  intervals: readonly { readonly startedAt: number; readonly endedAt: number }[],
): number[] {
  const edges: Edge[] = intervals
    .flatMap(({ startedAt, endedAt }): Edge[] => [
      { at: startedAt, delta: 1 },
      { at: endedAt, delta: -1 },
    ])
    .sort((one, other) => one.at - other.at);
  // The time that one interval has had, were it there from the start; an interval's own is a difference of two.
  const shareAt = new Map<number, number>();
  let running = 0;
  let share = 0;
  let last = edges[0]?.at ?? 0;
  for (const { at, delta } of edges) {
    if (running > 0) share += (at - last) / running;
    shareAt.set(at, share);
    running += delta;
    last = at;
  }
  return intervals.map(
    ({ startedAt, endedAt }) => (shareAt.get(endedAt) ?? 0) - (shareAt.get(startedAt) ?? 0),
  );
}

/** Gives each invocation the duration that it would have had alone; everything else stays as it is. */
export function shareTime(usages: readonly Usage[]): Usage[] {
  const invocations = usages.filter((usage): usage is Invocation => usage.kind === 'invocation');
  const alone = new Map(shareEvenly(invocations).map((duration, index) => [invocations[index], duration]));
  return usages.map((usage) =>
    usage.kind === 'invocation' ? { ...usage, endedAt: usage.startedAt + (alone.get(usage) ?? 0) } : usage,
  );
}
