import { runCli } from '../../cli/run-cli.ts';
import { commands } from '../../cli/commands.ts';
import { createTerminal } from '../../cli/terminal.ts';

/** What a run of `sublarr-events` in this process came to. */
export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, as a pipe would see it: no terminal, no settings but what is given. */
export async function runCommand(
  words: readonly string[],
  {
    environment = {},
    stdin = '',
    columns,
  }: {
    readonly environment?: NodeJS.ProcessEnv;
    readonly stdin?: string;
    /** The width of a terminal, when it is to look like one. */
    readonly columns?: number;
  } = {},
): Promise<CommandRun> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    },
    ...(columns === undefined ? {} : { isTTY: true, columns }),
  });
  // A folder that nobody has: the settings of whoever runs the tests must not count.
  const variables = { XDG_CONFIG_HOME: '/nonexistent', ...environment };
  const code = await runCli(words, {
    commands,
    terminal: createTerminal({ stdout: stream('stdout'), stderr: stream('stderr') }, variables),
    environment: variables,
    version: '1.2.3',
    boxFolders: [],
    readStdin: async () => Buffer.from(stdin),
    signal: new AbortController().signal,
    now: Date.now,
  });
  return { code, ...written };
}
