import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface ContainerProcess {
  readonly pid: number | undefined;
  /** SIGTERM now, SIGKILL when it still runs after the timeout. */
  stop(timeoutSeconds: number): void;
}

export interface ContainerEnd {
  readonly kind: 'exited' | 'not started';
  /** As Docker tells it: 128 + signal number for a killed process. */
  readonly exitCode: number | undefined;
  readonly reason: string;
}

const diesWithParent = pathToFileURL(join(import.meta.dirname, 'die-with-parent.ts')).href;
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/** `node` is the Node this stack runs on, with a watch on the stack's own end. */
function resolveCommand(command: readonly string[]): readonly [string, readonly string[]] {
  const [program = '', ...args] = command;
  return program === 'node' ? [process.execPath, ['--import', diesWithParent, ...args]] : [program, args];
}

function readLines(stream: Readable | null, write: (line: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', write);
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): ContainerEnd {
  const exitCode = code ?? 128 + (signalNumbers[signal ?? ''] ?? 0);
  return { kind: 'exited', exitCode, reason: 'Essential container in task exited' };
}

/** Starts a container's command as a child process with exactly the given environment. */
export function spawnContainer(options: {
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly onStart: () => void;
  readonly onEnd: (end: ContainerEnd) => void;
}): ContainerProcess {
  const [program, args] = resolveCommand(options.command);
  const child: ChildProcess = spawn(program, [...args], {
    cwd: options.directory,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  readLines(child.stdout, options.onLine);
  readLines(child.stderr, options.onLine);
  child.once('spawn', options.onStart);
  let hasEnded = false;
  const end = (how: ContainerEnd): void => {
    if (hasEnded) return;
    hasEnded = true;
    options.onEnd(how);
  };
  child.once('error', (error) => {
    if (child.pid === undefined) end({ kind: 'not started', exitCode: undefined, reason: error.message });
  });
  child.once('exit', (code, signal) => {
    end(describeEnd(code, signal));
  });
  return {
    pid: child.pid,
    stop: (timeoutSeconds) => {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
      child.once('exit', () => {
        clearTimeout(kill);
      });
    },
  };
}
