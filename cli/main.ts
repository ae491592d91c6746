import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import manifest from '../package.json' with { type: 'json' };
import { commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { runCli } from './run-cli.ts';
import { createTerminal } from './terminal.ts';

/** One Ctrl-C may come twice: from the terminal, and passed on by the process that started this one. */
const sameSignalMs = 250;

/** The second Ctrl-C leaves at once. */
function abortOnSignal(): AbortSignal {
  const stopping = new AbortController();
  let stoppedAt = -Infinity;
  const stop = (): void => {
    if (performance.now() - stoppedAt < sameSignalMs) return;
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
    stoppedAt = performance.now();
    stopping.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return stopping.signal;
}

/** The command line of this process. */
export async function main(): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads the output may leave before it ends, as `head` does.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`sublarr-events: the output cannot be written: ${error.message}.\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => undefined);
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
