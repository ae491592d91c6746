/**
 * Remembers what a load answered for as long as nobody tells of a newer version of it, and for `keepMs` at most.
 * Concurrent callers share one load; a failed load is not remembered.
 * @returns answers what was loaded for a key at this version or later; without a version, what is loaded now
 */
export function keepVersion<Value>(
  load: (key: string) => Promise<Value>,
  keepMs: number,
  now: () => number,
): (key: string, version: number | undefined) => Promise<Value> {
  const kept = new Map<
    string,
    { readonly value: Promise<Value>; readonly version: number; readonly at: number }
  >();
  return (key, version) => {
    if (version === undefined) return load(key);
    const known = kept.get(key);
    // Below 0 when the clock was set back: nobody knows how old it is.
    const ageMs = known === undefined ? -1 : now() - known.at;
    if (known !== undefined && known.version >= version && ageMs >= 0 && ageMs < keepMs) return known.value;
    for (const [old, { at }] of kept) if (at <= now() - keepMs) kept.delete(old);
    const value = load(key);
    kept.set(key, { value, version, at: now() });
    value.catch(() => {
      if (kept.get(key)?.value === value) kept.delete(key);
    });
    return value;
  };
}
