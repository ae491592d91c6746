/**
 * Runs `work` while process.env shows the given variables, and nothing of the given names' former values; undefined
 * hides a variable. Calls must not overlap.
 */
export async function withEnvironment<Result>(
  variables: Readonly<Record<string, string | undefined>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const former = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  const apply = (entries: Iterable<readonly [string, string | undefined]>): void => {
    for (const [name, value] of entries) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
  apply(Object.entries(variables));
  try {
    return await work();
  } finally {
    apply(former);
  }
}
