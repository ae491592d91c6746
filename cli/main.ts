import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import manifest from '../package.json' with { type: 'json' };
import { commands } from './commands.ts';
import { runCli } from './run-cli.ts';
import { createTerminal } from './terminal.ts';

/** The second Ctrl-C leaves at once. */
function abortOnSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    stopping.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return stopping.signal;
}

/** The command line of this process. */
export async function main(): Promise<void> {
  // Whoever reads the output may leave before it ends, as `head` does.
  process.stdout.on('error', () => process.exit(0));
  process.exitCode = await runCli(process.argv.slice(2), {
    commands,
    terminal: createTerminal(process, process.env),
    environment: process.env,
    version: manifest.version,
    boxFolders: [process.cwd(), join(import.meta.dirname, '..')],
    readStdin: () => buffer(process.stdin),
    signal: abortOnSignal(),
    now: Date.now,
  });
}
