import { assertNever } from '../shared/assert-never.ts';
import { formatLogEntry, type Log } from './log.ts';
import { type CliOptions, readOptions } from './read-options.ts';
import { describeError, StartError } from './start-error.ts';
import { type RunningStack, startStack } from './start-stack.ts';
import { formatReady, formatWelcome } from './welcome.ts';

const usageError = 2;

/** Everything that is no answer to the command goes to stderr, so that stdout can be piped. */
const log: Log = (entry) => {
  process.stderr.write(`${formatLogEntry(entry, new Date())}\n`);
};

function fail(problem: string, exitCode: number): never {
  process.stderr.write(`sublarr-events: ${problem}\n`);
  process.exit(exitCode);
}

/** The first signal stops in order, the second at once. */
function stopOnSignal(stack: RunningStack): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log({
      level: 'info',
      source: 'stack',
      message: `${signal}: finishing what is in hand; again to leave at once`,
    });
    stack.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(`could not stop in order: ${describeError(error)}`, 1),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function start(options: CliOptions): Promise<void> {
  const { dataDir, host, port, hookWorkers, isJson } = options;
  // A function's stray promise must not take the others down; on Lambda it would end that function alone.
  process.on('unhandledRejection', (reason) => {
    log({ level: 'error', source: 'stack', message: `unhandled rejection: ${describeError(reason)}` });
  });
  process.on('uncaughtException', (error) => fail(`stopped by an error: ${describeError(error)}`, 1));
  // Whoever reads the output may leave before the stack does.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const stopEarly = (): void => process.exit(1);
  process.once('SIGINT', stopEarly);
  process.once('SIGTERM', stopEarly);
  try {
    const stack = await startStack({ dataDir, host, port, hookWorkers, log });
    process.off('SIGINT', stopEarly);
    process.off('SIGTERM', stopEarly);
    stopOnSignal(stack);
    process.stdout.write(isJson ? `${formatReady(stack)}\n` : formatWelcome(stack, dataDir === undefined));
  } catch (error) {
    fail(error instanceof StartError ? error.message : `cannot start: ${describeError(error)}`, 1);
  }
}

/** The command line of `npm start`; `args` without node and script. */
export async function runCli(args: readonly string[]): Promise<void> {
  const command = readOptions(args);
  switch (command.kind) {
    case 'help':
      process.stdout.write(command.text);
      return;
    case 'invalid':
      return fail(command.problem, usageError);
    case 'start':
      return start(command.options);
    default:
      return assertNever(command);
  }
}
