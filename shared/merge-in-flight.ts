interface Waiting<Value, Result> {
  value: Value;
  readonly written: PromiseWithResolvers<Result>;
}

/**
 * One write per key at a time: values that come while one is under way are merged and written together after it.
 * Each caller waits for the write that holds its value, and gets what that write answers or its error.
 * @param merge joins an earlier value with a later one
 */
export function mergeInFlight<Value, Result = void>(
  write: (key: string, value: Value) => Promise<Result>,
  merge: (earlier: Value, later: Value) => Value,
): (key: string, value: Value) => Promise<Result> {
  /** Keys with a write under way, and what waits behind it. */
  const busy = new Map<string, Waiting<Value, Result> | undefined>();

  const writeNext = async (key: string, value: Value): Promise<Result> => {
    busy.set(key, undefined);
    try {
      return await write(key, value);
    } finally {
      const next = busy.get(key);
      if (next === undefined) busy.delete(key);
      else writeNext(key, next.value).then(next.written.resolve, next.written.reject);
    }
  };

  return (key, value) => {
    if (!busy.has(key)) return writeNext(key, value);
    const waiting = busy.get(key) ?? { value, written: Promise.withResolvers<Result>() };
    if (busy.get(key) === undefined) busy.set(key, waiting);
    else waiting.value = merge(waiting.value, value);
    return waiting.written.promise;
  };
}
