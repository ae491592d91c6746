/**
 * A client whose `send` is the given function; `calls` holds the input of every command. It stands in for every
 * SDK client, whose types have hundreds of members that no adapter calls.
 */
export function fakeClient(answer: (input: Record<string, unknown>, call: number) => unknown): {
  readonly client: never;
  readonly calls: Record<string, unknown>[];
} {
  const calls: Record<string, unknown>[] = [];
  const client = {
    send: async (command: { readonly input: Record<string, unknown> }) => {
      calls.push(command.input);
      return answer(command.input, calls.length - 1);
    },
  };
  return { client: client as never, calls };
}

/** For tests of retries: no time passes. */
export const noPause = async (): Promise<void> => undefined;
