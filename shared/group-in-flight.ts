interface Waiting<Value, Result> {
  readonly value: Value;
  readonly done: PromiseWithResolvers<Result>;
}

const noRest = async (): Promise<void> => undefined;

/**
 * One call at a time for values that come one by one: those of one turn of the event loop go together, and those that
 * come while a call is under way go together after it, in the order in which they came.
 * @param work answers one result per value, in their order; its error goes to every caller whose value it held
 * @param rest waited for after each call, so that the next one has more to take along; what comes after a longer
 *   silence is not held up
 */
export function groupInFlight<Value, Result>(
  work: (values: readonly Value[]) => Promise<readonly Result[]>,
  rest: () => Promise<void> = noRest,
): (value: Value) => Promise<Result> {
  let waiting: Waiting<Value, Result>[] = [];
  let isBusy = false;

  const workOn = async (group: readonly Waiting<Value, Result>[]): Promise<void> => {
    try {
      const results = await work(group.map(({ value }) => value));
      if (results.length !== group.length) {
        throw new Error(`${results.length} results came for ${group.length} values`);
      }
      for (const [index, result] of results.entries()) group[index]?.done.resolve(result);
    } catch (error) {
      for (const { done } of group) done.reject(error);
    }
  };
  const workOff = async (): Promise<void> => {
    while (waiting.length > 0) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      const group = waiting;
      waiting = [];
      await workOn(group);
      await rest();
    }
    isBusy = false;
  };

  return (value) => {
    const done = Promise.withResolvers<Result>();
    waiting.push({ value, done });
    if (!isBusy) {
      isBusy = true;
      void workOff();
    }
    return done.promise;
  };
}
