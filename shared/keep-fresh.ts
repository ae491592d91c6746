/**
 * Answers what was loaded for a key, at most as old as the caller can bear.
 * @param sinceMs epoch milliseconds: an answer whose load began earlier is loaded again
 */
export type KeptFresh<Value> = (key: string, sinceMs?: number) => Promise<Value>;

/**
 * Remembers what a load answered for a while, per key. Concurrent callers share one load; a failed load is not
 * remembered.
 * @param keepMs how long an answer is trusted, in milliseconds
 */
export function keepFresh<Value>(
  load: (key: string) => Promise<Value>,
  keepMs: number,
  now: () => number,
): KeptFresh<Value> {
  const kept = new Map<string, { readonly value: Promise<Value>; readonly loadedAt: number }>();
  return (key, sinceMs = 0) => {
    const known = kept.get(key);
    // In the time to come when the clock was set back: nobody knows how old it is.
    const isPast = known !== undefined && known.loadedAt <= now();
    if (isPast && known.loadedAt > Math.max(now() - keepMs, sinceMs)) return known.value;
    for (const [old, { loadedAt }] of kept) if (loadedAt <= now() - keepMs) kept.delete(old);
    const loadedAt = now();
    const value = load(key);
    kept.set(key, { value, loadedAt });
    value.catch(() => {
      if (kept.get(key)?.value === value) kept.delete(key);
    });
    return value;
  };
}
